//! Requests that fail: what is said of them, and when nothing is measured.

use super::*;

const BROKEN: &str = r#"
def handle(request):
    return request["missing"]

def requests(count, seed):
    return [{"path": f"/{number}"} for number in range(count)]

def refusing(environ, start_response):
    found = environ["PATH_INFO"] == "/3"
    start_response("200 OK" if found else "404 Not Found", [])
    return [b"text"]

def failing(environ, start_response):
    import traceback
    try:
        environ["missing"]
    except KeyError:
        traceback.print_exc()
    start_response("500 Internal Server Error", [])
    return [b""]

class Application:
    def __call__(self, environ, start_response):
        return refusing(environ, start_response)

application = Application()

async def coroutine(scope, receive, send):
    pass
"#;

fn broken(entry: &str) -> Project {
    let manifest = format!(
        "[scenario.api]\n{entry}\nrequests = 'broken:requests'\ncount = 1000\narrivals = {{ process = 'closed' }}\n"
    );
    Project::new(&[("broken.py", BROKEN), ("rustworthy.toml", &manifest)])
}

#[test]
fn nothing_is_measured_where_every_request_fails() {
    let project = broken("handler = 'broken:handle'");
    for arguments in [&["attribute", "api"][..], &["decide", "api", "--fresh"]] {
        let ran = project.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(3), ""), "{ran}");
        for part in [
            "every one of the first 100 requests failed; the first raised KeyError: 'missing'",
            "Traceback",
            "in handle",
        ] {
            assert!(ran.stderr.contains(part), "no {part}: {ran}");
        }
        assert!(!ran.stderr.contains("nothing to decide"), "{ran}");
    }
}

#[test]
fn an_error_that_the_application_handles_is_shown_as_it_printed_it() {
    let ran = broken("wsgi = 'broken:failing'").run(&["attribute", "api"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.stderr.contains("failed; the first status 500") && ran.stderr.contains("KeyError: 'missing'"), "{ran}");
}

#[test]
fn an_application_of_the_other_kind_is_recognised() {
    for (entry, cure) in [
        ("asgi = 'broken:application'", "name it by `wsgi`"),
        ("asgi = 'broken:refusing'", "name it by `wsgi`"),
        ("wsgi = 'broken:coroutine'", "name it by `asgi`"),
    ] {
        let ran = broken(entry).run(&["attribute", "api"]);
        assert!(ran.code == Some(3) && ran.stderr.contains(cure), "{entry}: {ran}");
    }
}

#[test]
fn statuses_that_are_no_failures_are_told() {
    let (result, ran) = attribute(&broken("wsgi = 'broken:application'"), &["--quick"]);
    assert_eq!((ran.code, &result["failed_requests"]), (Some(0), &Value::from(0)), "{ran}");
    let notes: Vec<&str> = result["notes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(notes.contains(&"999 of 1000 requests were answered with status 404"), "{notes:?}");
}
