//! The workloads out of process: the program that answers once, and the server.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::support::{Project, SERVICE, contender};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rustworthy");
const BASELINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../python_baselines");

/// The sum of i² over `range(5)`.
const THIRTY: [u8; 16] = [30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

fn respond(name: &str, request: &[u8]) -> Output {
    let mut command = Command::new(PROGRAM);
    let command = command.args(["respond", name]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(request).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn the_program_answers_once() {
    let ran = respond("sum-squares", &5_u64.to_le_bytes());
    assert_eq!((ran.status.code(), ran.stdout, ran.stderr), (Some(0), THIRTY.to_vec(), Vec::new()));
}

#[test]
fn the_program_refuses_with_the_exception_to_raise() {
    let ran = respond("sum-squares", &u64::MAX.to_le_bytes());
    assert_eq!((ran.status.code(), ran.stdout), (Some(1), Vec::new()));
    let refusal: serde_json::Value = serde_json::from_slice(&ran.stderr).unwrap();
    assert_eq!(refusal["exception"], "OverflowError");
    assert!(refusal["message"].as_str().unwrap().contains("18446744073709551615"), "{refusal}");
}

#[test]
fn wrong_arguments_are_no_refusal() {
    let ran = respond("no-such-endpoint", b"");
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("there is no endpoint 'no-such-endpoint'"));
    for arguments in [&["respond"][..], &["serve-workloads"], &["serve-workloads", "--port", "70000"]] {
        assert_eq!(Command::new(PROGRAM).args(arguments).output().unwrap().status.code(), Some(2), "{arguments:?}");
    }
}

/// A server of its own. Dropping it ends it.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start() -> Self {
        Self::with_token(None)
    }

    /// One that answers only those who know a token.
    fn with_token(token: Option<&str>) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut command = Command::new(PROGRAM);
        command
            .args(["serve-workloads", "--port", &port.to_string()])
            .envs(token.map(|token| ("RUSTWORTHY_TOKEN", token)));
        let child = command.spawn().unwrap();
        let server = Self { child, port };
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(20), "the server doesn't listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        server
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Status and body of one POST, on a connection of its own.
    fn post(&self, name: &str, body: &[u8]) -> (u16, Vec<u8>) {
        post(&mut self.connect(), name, body)
    }

    #[track_caller]
    fn assert_alive(&mut self) {
        assert_eq!(self.post("sum-squares", &5_u64.to_le_bytes()), (200, THIRTY.to_vec()));
        assert!(self.child.try_wait().unwrap().is_none());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn post(stream: &mut TcpStream, name: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let head = format!("POST /{name} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (head[9..12].parse().unwrap(), body)
}

#[test]
fn one_connection_carries_a_thousand_requests_whatever_they_hold() {
    let mut server = Server::start();
    let mut stream = server.connect();
    for index in 0..1000 {
        let (name, body, status) = match index % 4 {
            0 => ("sum-squares", &5_u64.to_le_bytes()[..], 200),
            1 => ("sum-squares", &b"short"[..], 422),
            2 => ("csv-apply", &b"\xff\""[..], 422),
            _ => ("no-such-endpoint", &[][..], 404),
        };
        assert_eq!(post(&mut stream, name, body).0, status, "request {index}");
    }
    server.assert_alive();
}

#[test]
fn the_server_outlives_bad_clients() {
    let mut server = Server::start();
    let beginnings: [&[u8]; 5] = [
        b"POST /sum-squares HTTP/1.1\r\nhost: localhost\r\ncontent-length: 8\r\n\r\nfour",
        b"\0\xff\0\xff nonsense\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nno frames at all",
        b"",
    ];
    for beginning in beginnings {
        let mut stream = server.connect();
        stream.write_all(beginning).unwrap();
        stream.shutdown(Shutdown::Both).unwrap();
    }
    server.assert_alive();
}

#[test]
fn a_body_beyond_the_limit_is_refused() {
    let mut server = Server::start();
    let mut stream = server.connect();
    let length = rustworthy_workloads::answer::LONGEST_BODY + 1;
    write!(stream, "POST /csv-apply HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n").unwrap();
    let mut head = [0; 12];
    let piece = vec![b'x'; 1 << 20];
    // The answer may come, and the connection be closed, before all is sent.
    while stream.write_all(&piece).is_ok() {}
    let answered = stream.read_exact(&mut head).is_ok();
    assert!(!answered || head.ends_with(b" 413"), "{}", String::from_utf8_lossy(&head));
    server.assert_alive();
}

#[test]
fn a_request_of_nobody_in_the_run_is_forbidden() {
    let server = Server::with_token(Some("secret"));
    let status = |head: &str| {
        let mut stream = server.connect();
        write!(stream, "POST /sum-squares HTTP/1.1\r\n{head}content-length: 8\r\n\r\n\x05\0\0\0\0\0\0\0").unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[9..]).into_owned()
    };
    let known = "authorization: Bearer secret\r\n";
    assert_eq!(status(&format!("host: 127.0.0.1:{}\r\n{known}", server.port)), "200");
    assert_eq!(status("host: localhost\r\n"), "403");
    assert_eq!(status("host: localhost\r\nauthorization: Bearer guess\r\n"), "403");
    assert_eq!(status(&format!("host: evil.example\r\n{known}")), "403");
    assert_eq!(status(&format!("host: localhost\r\norigin: http://evil.example\r\n{known}")), "403");
}

#[test]
fn the_server_reads_no_files_for_anybody() {
    let server = Server::start();
    for name in ["csv-apply-path", "ndjson-path", "pixels-png-path", "regex-logs-path"] {
        assert_eq!(server.post(name, b"/etc/passwd").0, 404, "{name}");
    }
}

#[test]
fn only_the_loopback_interface_is_listened_at() {
    let server = Server::start();
    let port = format!(":{:04X}", server.port);
    let table = |name: &str| fs::read_to_string(format!("/proc/{}/net/{name}", server.child.id())).unwrap_or_default();
    let (v4, v6) = (table("tcp"), table("tcp6"));
    // The second field is the local address, the fourth the state, of which 0A is listening.
    let sockets = v4.lines().chain(v6.lines()).map(|line| line.split_whitespace().collect::<Vec<_>>());
    let listening = sockets.filter(|fields| fields[1].ends_with(&port) && fields[3] == "0A");
    let addresses: Vec<String> = listening.map(|fields| fields[1].to_owned()).collect();
    assert_eq!(addresses, [format!("0100007F{port}")]);
}

/// A project whose contenders ask for the same by each route.
fn project(module: &str) -> Project {
    let mut manifest = format!(
        "[project]\npython-path = [\".\", {BASELINES:?}]\nrequirements = \"{BASELINES}/requirements/numbers.lock\"\n\n{SERVICE}\n\
         [workload.w]\ninput = \"impls:make\"\nsizes = {{ default = 5 }}\n"
    );
    for (name, baseline) in [("subprocess", "baseline = true\n"), ("http", ""), ("grpc", "")] {
        manifest +=
            &format!("\n[workload.w.contender.{name}]\npython = \"impls:{name}\"\nroute = \"{name}\"\n{baseline}");
    }
    Project::new(&[("rustworthy.toml", &manifest), ("impls.py", module)])
}

#[test]
fn a_refusal_raises_the_same_by_every_route() {
    let project = project(
        "import routes\n\n\
         def make(size, seed):\n    return 2**33\n\n\
         def raised(function):\n    try:\n        return function()\n\
         \x20   except Exception as error:\n        return type(error).__name__, str(error)\n\n\
         def subprocess(n):\n    return raised(lambda: routes.run(\"sum-squares\", n.to_bytes(8, \"little\")))\n\n\
         def http(n):\n    return raised(lambda: routes.post(\"sum-squares\", n.to_bytes(8, \"little\")))\n\n\
         def grpc(n):\n    return raised(lambda: routes.call(\"SumSquares\", routes.message(\"SumSquaresRequest\")(n=n)))\n",
    );
    let (result, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    for name in ["http", "grpc"] {
        assert_eq!(contender(&result, "w", name)["equivalence"]["status"], "equal", "{result:#}");
    }
}

#[test]
fn a_closed_connection_is_opened_again_and_a_wrong_name_is_told() {
    let project = project(
        "import routes\n\n\
         def make(size, seed):\n    return size\n\n\
         def subprocess(n):\n    return int.from_bytes(routes.run(\"sum-squares\", n.to_bytes(8, \"little\")), \"little\")\n\n\
         def http(n):\n    import socket\n    connection = routes.http_connection()\n\
         \x20   if connection.sock is not None:\n        connection.sock.shutdown(socket.SHUT_RDWR)\n\
         \x20   return int.from_bytes(routes.post(\"sum-squares\", n.to_bytes(8, \"little\")), \"little\")\n\n\
         def grpc(n):\n    return routes.post(\"sum-square\", b\"\")\n",
    );
    let (result, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert_eq!(contender(&result, "w", "http")["equivalence"]["status"], "equal", "{result:#}");
    let error = contender(&result, "w", "grpc")["error"].as_str().unwrap().to_owned();
    assert!(error.contains("POST /sum-square was answered with 404 Not Found: there is no endpoint"), "{error}");
}

#[test]
fn the_server_ends_with_the_run() {
    let project = project(
        "import sum_squares\nfrom sum_squares import subprocess, http, grpc\n\n\
         def make(size, seed):\n    return size\n",
    );
    let ran = project.start(&["compare", "all", "--quick", "--budget", "100ms"]).finish();
    assert_eq!(ran.code, Some(0), "{ran}");
    project.assert_deserted();
}
