//! Spans that tell which function of Python they are a call of.

use serde_json::{Value, json};

use super::calls::{call, jaeger, otlp};
use super::messages::protobuf;
use super::*;

/// Attributes of the spans in `calls`, by their names.
fn code(name: &str) -> &'static [(&'static str, &'static str)] {
    match name {
        "total" => &[("code.function.name", "shop.cart.total"), ("code.file.path", "/srv/app/shop/cart.py")],
        "price" => &[("code.function", "price"), ("code.filepath", "shop/cart.py"), ("code.lineno", "7")],
        "main" => &[("code.function.name", "main.main"), ("code.file.path", "/src/main.go")],
        "send" => &[("code.function.name", "shop.cart.send")],
        _ => &[],
    }
}

/// A request with a call of each; the last of the calls is a client's.
fn calls() -> [calls::Call; 1] {
    let children = [
        call("total", 10, 40, []),
        call("price", 40, 60, []),
        call("total", 60, 70, []),
        call("main", 70, 80, []).of("payments"),
        call("send", 80, 90, []),
    ];
    [call("GET /cart", 0, 100, children)]
}

fn expected() -> Vec<(&'static str, f64)> {
    vec![
        ("payments: main", 10.0),
        ("shop.cart:price", 20.0),
        ("shop.cart:total", 40.0),
        ("shop: GET /cart", 20.0),
        ("shop: send", 10.0),
    ]
}

fn with_code(mut request: Value) -> Value {
    for resource in request["resourceSpans"].as_array_mut().unwrap() {
        let span = &mut resource["scopeSpans"][0]["spans"][0];
        let name = span["name"].as_str().unwrap().to_owned();
        span["kind"] = if name == "send" { 3.into() } else { 1.into() };
        let attribute = |(key, value): &(&str, &str)| json!({ "key": key, "value": { "stringValue": value } });
        span["attributes"] = code(&name).iter().map(attribute).collect::<Vec<_>>().into();
    }
    request
}

#[test]
fn functions_are_named_as_manifests_name_them_in_every_format() {
    let request = with_code(otlp(&calls()));
    let mut jaeger = jaeger(&calls());
    for span in jaeger["data"][0]["spans"].as_array_mut().unwrap() {
        let name = span["operationName"].as_str().unwrap().to_owned();
        let mut tags: Vec<Value> =
            code(&name).iter().map(|(key, value)| json!({ "key": key, "type": "string", "value": value })).collect();
        if name == "send" {
            tags.push(json!({ "key": "span.kind", "type": "string", "value": "client" }));
        }
        span["tags"] = tags.into();
    }
    for content in [request.to_string().into_bytes(), protobuf(&request), jaeger.to_string().into_bytes()] {
        let known = text(content);
        assert_eq!(known.exclusive(0), expected());
        let waiting = known.waiting(0);
        assert_eq!(waiting, [("shop: GET /cart", 10.0), ("shop: send", 10.0)], "the client's, and whoever calls it");
        assert!(known.requests.functions.iter().all(|function| function.waits == (function.name == "shop: send")));
        let files = known
            .requests
            .functions
            .iter()
            .filter_map(|function| Some((&function.name[..], function.file.as_deref()?)));
        assert_eq!(
            files.collect::<Vec<_>>(),
            [("shop.cart:price", "shop/cart.py"), ("shop.cart:total", "/srv/app/shop/cart.py")]
        );
    }
}

#[test]
fn a_function_that_several_services_have_is_told_apart_by_them() {
    let of_another = call("total", 45, 55, []).of("orders");
    let request = with_code(otlp(&[call("GET /cart", 0, 100, [call("total", 10, 40, []), of_another])]));
    let known = text(request.to_string());
    assert_eq!(
        known.exclusive(0),
        [("orders: shop.cart:total", 10.0), ("shop: GET /cart", 60.0), ("shop: shop.cart:total", 30.0)]
    );
}

/// Spans of which those that are called `client …` are of that kind, by the name without it.
fn with_clients(mut request: Value) -> Value {
    for resource in request["resourceSpans"].as_array_mut().unwrap() {
        let span = &mut resource["scopeSpans"][0]["spans"][0];
        let name = span["name"].as_str().unwrap().to_owned();
        if let Some(name) = name.strip_prefix("client ") {
            (span["name"], span["kind"]) = (name.into(), 3.into());
        }
    }
    request
}

#[test]
fn whoever_calls_waits_for_all_that_the_call_takes_and_what_is_done_there_is_work_there() {
    let answer = call("answer", 30, 70, [call("client query", 40, 60, []).of("stock")]).of("stock");
    let fetch = call("fetch", 10, 90, [call("client ask", 20, 80, [answer])]);
    let known = text(with_clients(otlp(&[call("GET /", 0, 100, [fetch])])).to_string());
    let expected = [
        ("shop: GET /", 60.0),
        ("shop: ask", 60.0),
        ("shop: fetch", 60.0),
        ("stock: answer", 20.0),
        ("stock: query", 20.0),
    ];
    assert_eq!(known.waiting(0), expected);
    let own = [
        ("shop: GET /", 20.0),
        ("shop: ask", 20.0),
        ("shop: fetch", 20.0),
        ("stock: answer", 20.0),
        ("stock: query", 20.0),
    ];
    assert_eq!(known.exclusive(0), own);
}

#[test]
fn calls_are_rows_of_their_own_whatever_is_called_as_they_are() {
    // A wrapper around its call, a call of what has that name there, and a name that is both by turns.
    let children = [
        call("query", 0, 30, [call("client query", 10, 30, [])]),
        call("client ask", 30, 60, [call("ask", 35, 55, [])]),
        call("look", 60, 70, []),
        call("client look", 70, 80, []),
    ];
    let known = text(with_clients(otlp(&[call("GET /", 0, 100, children)])).to_string());
    let own = [
        ("GET /", 20.0),
        ("ask", 20.0),
        ("ask (CLIENT)", 10.0),
        ("look", 10.0),
        ("look (CLIENT)", 10.0),
        ("query", 10.0),
        ("query (CLIENT)", 20.0),
    ];
    assert_eq!(known.exclusive(0), own);
    let waiting =
        [("GET /", 60.0), ("ask (CLIENT)", 30.0), ("look (CLIENT)", 10.0), ("query", 20.0), ("query (CLIENT)", 20.0)];
    assert_eq!(known.waiting(0), waiting);
}
