//! A headless Chromium, driven over the two pipes of its DevTools protocol.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Programs that will do, the lightest first.
const PROGRAMS: [&str; 4] = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// The first of them on this machine.
pub(crate) fn program() -> Option<&'static str> {
    let path = std::env::var_os("PATH")?;
    let has = |program: &&&str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    PROGRAMS.iter().find(has).copied()
}

/// A running browser.
pub(crate) struct Browser {
    process: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    last_id: u64,
    _profile: tempdir::Folder,
}

impl Browser {
    /// Starts it.
    pub(crate) fn start(program: &str) -> Self {
        let profile = tempdir::Folder::new();
        // The protocol speaks on descriptors 3 and 4.
        let mut process = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", program])
            .args(["--headless", "--no-sandbox", "--remote-debugging-pipe", "--disable-gpu", "--hide-scrollbars"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        let input = process.stdin.take().unwrap();
        let output = process.stdout.take().unwrap();
        let (sender, messages) = channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            loop {
                let mut message = Vec::new();
                match output.read_until(0, &mut message) {
                    Ok(length) if length > 0 => message.truncate(length - 1),
                    _ => return,
                }
                let Ok(message) = serde_json::from_slice(&message) else { return };
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self { process, input, messages, last_id: 0, _profile: profile }
    }

    /// An empty page.
    pub(crate) fn page(&mut self) -> Page<'_> {
        let mut events = VecDeque::new();
        let target = self.call(None, "Target.createTarget", json!({ "url": "about:blank" }), &mut events);
        let parameters = json!({ "targetId": target["targetId"], "flatten": true });
        let session =
            self.call(None, "Target.attachToTarget", parameters, &mut events)["sessionId"].as_str().unwrap().to_owned();
        let mut page = Page { browser: self, session, target: target["targetId"].as_str().unwrap().to_owned(), events };
        for domain in ["Page", "Runtime", "Network", "Log", "Performance"] {
            page.call(&format!("{domain}.enable"), json!({}));
        }
        page
    }

    /// Sends a command and waits for its result; events that come meanwhile are kept.
    fn call(&mut self, session: Option<&str>, method: &str, parameters: Value, events: &mut VecDeque<Value>) -> Value {
        self.last_id += 1;
        let mut message = json!({ "id": self.last_id, "method": method, "params": parameters });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.input.write_all(message.to_string().as_bytes()).expect("the browser listens");
        self.input.write_all(&[0]).expect("the browser listens");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let message = self.receive(deadline).unwrap_or_else(|| panic!("{method}: no answer"));
            if message["id"] == self.last_id {
                assert!(message.get("error").is_none(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            events.push_back(message);
        }
    }

    fn receive(&mut self, deadline: Instant) -> Option<Value> {
        match self.messages.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("the browser has ended"),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A page in it.
pub(crate) struct Page<'a> {
    browser: &'a mut Browser,
    session: String,
    target: String,
    events: VecDeque<Value>,
}

impl Page<'_> {
    pub(crate) fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.browser.call(Some(&self.session), method, parameters, &mut self.events)
    }

    /// Opens a file, with what follows `#`, and waits until all of it is there.
    pub(crate) fn open(&mut self, file: &Path, hash: &str) {
        // A page that differs in its hash alone would not be loaded again.
        self.navigate("about:blank");
        self.events.clear();
        self.navigate(&format!("file://{}{hash}", file.display()));
    }

    fn navigate(&mut self, url: &str) {
        let is_load = |event: &Value| event["method"] == "Page.loadEventFired";
        self.events.retain(|event| !is_load(event));
        self.call("Page.navigate", json!({ "url": url }));
        let deadline = Instant::now() + PATIENCE;
        while !self.events.iter().any(is_load) {
            let event = self.browser.receive(deadline).unwrap_or_else(|| panic!("{url} doesn't load"));
            self.events.push_back(event);
        }
    }

    /// What JavaScript makes of an expression, promises awaited.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let result = self.call("Runtime.evaluate", parameters);
        assert!(result.get("exceptionDetails").is_none(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].clone()
    }

    /// The same as text.
    pub(crate) fn text(&mut self, expression: &str) -> String {
        self.evaluate(&format!("String({expression})")).as_str().unwrap().to_owned()
    }

    /// How often it has been laid out, wholly or in part, since it was made.
    pub(crate) fn layouts(&mut self) -> u64 {
        let answer = self.call("Performance.getMetrics", json!({}));
        let metrics = answer["metrics"].as_array().expect("metrics");
        let layouts = metrics.iter().find(|metric| metric["name"] == "LayoutCount").expect("a count of layouts");
        layouts["value"].as_f64().expect("a number") as u64
    }

    /// Presses a key: `Tab`, `Enter`, ` `, or a letter.
    pub(crate) fn press(&mut self, key: &str) {
        let (text, code) = match key {
            "Enter" => ("\r", 13),
            "Tab" => ("", 9),
            " " => (" ", 32),
            other => (other, 0),
        };
        let down = json!({ "type": "keyDown", "key": key, "text": text, "windowsVirtualKeyCode": code });
        self.call("Input.dispatchKeyEvent", down);
        self.call("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code }));
    }

    /// Clicks into the middle of the first element that a selector finds.
    pub(crate) fn click(&mut self, selector: &str) {
        let place = self.evaluate(&format!(
            "(() => {{ const element = document.querySelector({selector:?}); element.scrollIntoView({{ block: 'center' }}); \
             const box = element.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// How wide and high the window is.
    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        let phone = width < 600;
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone });
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// What the system is said to prefer, `dark` or `light`.
    pub(crate) fn prefer(&mut self, theme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// What went wrong since the page was opened: messages on the console, and refusals.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        self.evaluate("1");
        let complaint = |event: &Value| match event["method"].as_str()? {
            "Runtime.exceptionThrown" => Some(event["params"]["exceptionDetails"].to_string()),
            "Runtime.consoleAPICalled" => Some(event["params"]["args"].to_string()),
            "Log.entryAdded" => Some(event["params"]["entry"]["text"].to_string()),
            _ => None,
        };
        self.events.iter().filter_map(complaint).collect()
    }

    /// What was asked for since the page was opened, the page itself and what it holds apart.
    pub(crate) fn requests(&mut self) -> Vec<String> {
        self.evaluate("1");
        let request = |event: &Value| {
            let url = event["params"]["request"]["url"].as_str()?;
            let elsewhere = !url.starts_with("file://") && !url.starts_with("data:") && !url.starts_with("about:");
            (event["method"] == "Network.requestWillBeSent" && elsewhere).then(|| url.to_owned())
        };
        let files = self.events.iter().filter(|event| {
            event["method"] == "Network.requestWillBeSent"
                && event["params"]["request"]["url"].as_str().is_some_and(|url| url.starts_with("file://"))
        });
        let files = files.count();
        let mut requests: Vec<String> = self.events.iter().filter_map(request).collect();
        if files > 1 {
            requests.push(format!("{files} files"));
        }
        requests
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        if !thread::panicking() {
            let target = json!({ "targetId": self.target });
            self.browser.call(None, "Target.closeTarget", target, &mut VecDeque::new());
        }
    }
}

/// Folders that go when they are dropped.
pub(crate) mod tempdir {
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicU32, Ordering};

    static COUNT: AtomicU32 = AtomicU32::new(0);

    pub(crate) struct Folder(PathBuf);

    impl Folder {
        pub(crate) fn new() -> Self {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("rustworthy-page-{}-{number}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        pub(crate) fn path(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
