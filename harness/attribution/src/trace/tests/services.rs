//! Requests whose root is elsewhere: by the flags of their spans, or by the name of a service.

use serde_json::Value;

use super::calls::{call, otlp};
use super::messages::protobuf;
use super::*;

fn service(name: &str) -> Options {
    Options { service: Some(name.to_owned()), ..Options::default() }
}

/// The same without the spans of these names.
fn without(mut request: Value, names: &[&str]) -> Value {
    let is_kept = |span: &Value| !names.contains(&span["scopeSpans"][0]["spans"][0]["name"].as_str().unwrap());
    request["resourceSpans"].as_array_mut().unwrap().retain(is_kept);
    request
}

/// The same with such flags in the spans of that name.
fn flagged(mut request: Value, name: &str, flags: u32) -> Value {
    for resource in request["resourceSpans"].as_array_mut().unwrap() {
        let span = &mut resource["scopeSpans"][0]["spans"][0];
        if span["name"] == name {
            span["flags"] = flags.into();
        }
    }
    request
}

/// A gateway calls a shop, and that its stock and itself.
fn through_a_gateway() -> Value {
    let stock = call("take", 30, 60, []).of("stock");
    let again = call("price", 65, 75, []);
    otlp(&[call("gateway", 0, 100, [call("order", 10, 90, [call("db", 20, 25, []), stock, again])]).of("edge")])
}

#[test]
fn a_span_with_a_remote_parent_is_a_request_where_the_root_is_elsewhere() {
    let rootless = without(through_a_gateway(), &["gateway"]);
    let error = error(rootless.to_string());
    assert_eq!(
        error,
        "trace.json: no request among 4 spans: 3 beneath one whose parent isn't in the trace, 1 whose parent isn't in the trace; \
         a request begins with a span without a parent: if other files hold the parents, give them too, and if they are \
         elsewhere, name the service with whose first span of a trace a request begins: --service 'shop' (1 of these is its)"
    );
    let flagged = |flags| flagged(rootless.clone(), "order", flags);
    for content in [flagged(0x301).to_string().into_bytes(), protobuf(&flagged(0x301))] {
        let known = text(content);
        assert_eq!(
            known.exclusive(0),
            [("shop: db", 5.0), ("shop: order", 35.0), ("shop: price", 10.0), ("stock: take", 30.0)]
        );
        assert_eq!(known.counts(), [4, 0, 0, 0]);
    }
    // It isn't known where the parent is, or it is of the same process.
    for flags in [0, 0x1, 0x100, 0x200] {
        assert!(in_file(flagged(flags).to_string(), &Options::default()).is_err(), "{flags:x}");
    }
}

#[test]
fn a_remote_parent_that_is_missing_makes_an_orphan_where_there_is_a_root() {
    let holed = without(through_a_gateway(), &["order"]);
    let known = text(flagged(holed, "take", 0x300).to_string());
    assert_eq!((known.requests.requests.len(), known.counts()), (1, [4, 3, 0, 0]));
    assert_eq!(known.exclusive(0), [("edge: gateway", 100.0)]);
}

#[test]
fn a_service_that_is_named_has_one_request_in_a_trace() {
    let read = |value: &Value, name| known(in_file(value.to_string(), &service(name)));
    let known = read(&through_a_gateway(), "shop");
    assert_eq!(known.requests.requests.len(), 1);
    assert!(near(known.requests.requests[0].latency(), 80e-6));
    assert_eq!((known.counts(), known.reasons()), ([5, 0, 0, 0], vec![(Reason::NotAskedFor, 1)]));
    // It comes back through another service: that is no second request.
    let back = call("callback", 35, 50, [call("db", 40, 45, [])]);
    let stock = call("take", 30, 60, [back]).of("stock");
    let trace = otlp(&[call("gateway", 0, 100, [call("order", 10, 90, [stock])]).of("edge")]);
    let whole = read(&trace, "shop");
    assert_eq!((whole.requests.requests.len(), whole.counts()), (1, [5, 0, 0, 0]));
    let holed = read(&without(trace.clone(), &["take"]), "shop");
    assert_eq!((holed.requests.requests.len(), holed.counts()), (1, [4, 1, 0, 0]));
    assert_eq!(holed.exclusive(0), [("shop: order", 80.0)]);
    assert_eq!(holed.reasons(), [(Reason::BeneathOrphan, 1), (Reason::NotAskedFor, 1)]);
    let stock = read(&trace, "stock");
    assert_eq!(stock.exclusive(0), [("shop: callback", 10.0), ("shop: db", 5.0), ("stock: take", 15.0)]);
}

#[test]
fn a_service_is_found_by_its_name_alone() {
    let error = |content: String, name: &str| in_file(content, &service(name)).unwrap_err().to_string();
    let trace = through_a_gateway().to_string();
    assert_eq!(
        error(trace, "shops"),
        "trace.json: --service: no span is of a service 'shops'; there are edge, shop, stock"
    );
    let nameless = r#"[{"ph":"X","ts":1,"dur":5,"name":"a"}]"#.to_owned();
    assert!(error(nameless, "a").contains("--service: no span names its service"));
    let chrome = super::calls::chrome(&[call("a", 0, 10, [])]).to_string();
    assert_eq!(known(in_file(chrome, &service("shop"))).exclusive(0), [("a", 10.0)]);
}
