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
        let waiting = known.parts(0, |part| (part.asleep * 1e6).round());
        assert_eq!(waiting.iter().map(|(_, time)| time).sum::<f64>(), 10.0, "the client's alone waits: {waiting:?}");
        assert!(waiting.contains(&("shop: send", 10.0)), "{waiting:?}");
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
