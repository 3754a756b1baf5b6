//! Functions of Python that spans tell of, by their code attributes.
//!
//! `code.function.name` and `code.file.path` are those of OpenTelemetry's semantic conventions since 1.30; before, they were
//! `code.function`, `code.namespace` and `code.filepath`. A function is called `module:callable`, as a manifest calls it, so
//! that what a workload `replaces` is found among the rows of a trace.

use super::value::TagValue;

/// With what the names of all such attributes begin.
pub(super) const PREFIX: &str = "code.";

/// A function of Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PythonFunction {
    /// `module:callable`.
    pub(super) name: String,
    /// Where it is defined, as the span has it.
    pub(super) file: Option<String>,
}

/// What code attributes of a span tell together.
#[derive(Debug, Default)]
pub(super) struct Code {
    /// With all modules and classes that it is in.
    qualified: Option<String>,
    /// Perhaps without them.
    function: Option<String>,
    namespace: Option<String>,
    file: Option<String>,
}

impl Code {
    /// Whether an attribute of this name tells something.
    pub(super) fn asks_for(key: &[u8]) -> bool {
        key.starts_with(PREFIX.as_bytes())
    }

    /// Takes in an attribute.
    pub(super) fn attribute(&mut self, key: &[u8], value: &TagValue<'_>) {
        let field = match key {
            b"code.function.name" => &mut self.qualified,
            b"code.function" => &mut self.function,
            b"code.namespace" => &mut self.namespace,
            b"code.file.path" => &mut self.file,
            // The older name doesn't stand in the way of the newer one.
            b"code.filepath" if self.file.is_none() => &mut self.file,
            _ => return,
        };
        if let TagValue::Text(text) = value
            && !text.is_empty()
        {
            *field = Some(text.to_string());
        }
    }

    /// The function, where there is one and nothing speaks against it being one of Python.
    pub(super) fn function(self) -> Option<PythonFunction> {
        let Self { qualified, function, namespace, file } = self;
        let name = qualified.or(function)?;
        let stem = match &file {
            Some(file) => Some(file.strip_suffix(".py")?),
            None => None,
        };
        let name = name.strip_suffix("()").unwrap_or(&name);
        let dotted = match namespace {
            Some(namespace) if !is_within(name, &namespace) => format!("{namespace}.{name}"),
            _ => name.replacen(':', ".", 1),
        };
        let parts: Vec<&str> = dotted.split('.').collect();
        if !parts.iter().all(|part| is_name(part)) || parts.last() == Some(&"<module>") {
            return None;
        }
        let in_module = stem.and_then(|stem| by_file(&parts, &folders(stem)));
        let (module, callable) = in_module.or_else(|| by_convention(&parts)).or_else(|| {
            // It names no module at all: that is its file.
            Some((module_of(stem?)?, dotted.clone()))
        })?;
        Some(PythonFunction { name: format!("{module}:{callable}"), file })
    }
}

/// Whether a name says already that it is in that namespace.
fn is_within(name: &str, namespace: &str) -> bool {
    name.strip_prefix(namespace).is_some_and(|rest| rest.starts_with(['.', ':']))
}

/// Whether Python has it as a part of qualified names: an identifier, or what it calls functions without one, `<locals>`.
fn is_name(part: &str) -> bool {
    let inner = part.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(part);
    let is_of_name = |character: char| character == '_' || character.is_alphanumeric();
    inner.chars().all(is_of_name) && inner.chars().next().is_some_and(|first| !first.is_numeric())
}

/// Folders and module of a path without its ending; a package's own module is the package.
fn folders(stem: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = stem.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.last() == Some(&"__init__") {
        parts.pop();
    }
    parts
}

/// Module and callable of a name that begins as a path ends, as far as it does.
fn by_file(parts: &[&str], folders: &[&str]) -> Option<(String, String)> {
    let split = (1..parts.len()).rev().find(|count| folders.ends_with(&parts[..*count]))?;
    Some((parts[..split].join("."), parts[split..].join(".")))
}

/// Module and callable as Python's style guide has their letters: names of classes begin with a large one, those of modules
/// don't. What is local to a function is a part of it.
fn by_convention(parts: &[&str]) -> Option<(String, String)> {
    let is_class = |part: &&str| part.trim_start_matches('_').starts_with(char::is_uppercase);
    let local = parts.iter().position(|part| part.starts_with('<')).map(|place| place.saturating_sub(1));
    let class = parts.iter().position(is_class);
    let split = class.into_iter().chain(local).min().unwrap_or(parts.len() - 1);
    (split > 0).then(|| (parts[..split].join("."), parts[split..].join(".")))
}

/// The module that a file is, as far as that can be told: of an absolute path nobody knows which folder modules are named from.
fn module_of(stem: &str) -> Option<String> {
    let folders = folders(stem);
    let is_absolute = stem.starts_with(['/', '\\']) || stem.contains(':');
    let known = if is_absolute { folders.last().map(std::slice::from_ref)? } else { &folders[..] };
    (!known.is_empty() && known.iter().all(|part| is_name(part))).then(|| known.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(attributes: &[(&str, &str)]) -> Option<String> {
        let mut code = Code::default();
        for (key, value) in attributes {
            code.attribute(format!("code.{key}").as_bytes(), &TagValue::Text((*value).into()));
        }
        code.function().map(|function| function.name)
    }

    #[test]
    fn qualified_names_are_split_where_their_file_says() {
        for (name, file, expected) in [
            ("shop.cart.total", "/srv/app/shop/cart.py", "shop.cart:total"),
            ("shop.cart.Cart.total", "/srv/app/shop/cart.py", "shop.cart:Cart.total"),
            ("shop.cart.basket.total", "/srv/shop/cart.py", "shop.cart:basket.total"),
            ("shop.total", "src/shop/__init__.py", "shop:total"),
            (r"shop.cart.total", r"C:\app\shop\cart.py", "shop.cart:total"),
            // The path is of another place than the name.
            ("shop.api.total", "/srv/app/decorated.py", "shop.api:total"),
        ] {
            let found = named(&[("function.name", name), ("file.path", file)]);
            assert_eq!(found.as_deref(), Some(expected), "{name} {file}");
        }
    }

    #[test]
    fn names_without_a_file_are_split_by_the_letters_of_classes() {
        for (name, expected) in [
            ("shop.cart.total", Some("shop.cart:total")),
            ("shop.cart:total", Some("shop.cart:total")),
            ("shop.cart.Cart.total", Some("shop.cart:Cart.total")),
            ("shop.cart._Cart.total()", Some("shop.cart:_Cart.total")),
            ("shop.cart.outer.<locals>.inner", Some("shop.cart:outer.<locals>.inner")),
            ("total", None),
            ("Cart.total", None),
            ("shop.cart.<module>", None),
            ("GuzzleHttp\\Client::transfer", None),
            ("GET /cart", None),
            ("", None),
        ] {
            assert_eq!(named(&[("function.name", name)]).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn older_names_tell_the_same() {
        for attributes in [
            &[("namespace", "shop.cart"), ("function", "Cart.total")][..],
            &[("namespace", "shop.cart.Cart"), ("function", "total"), ("filepath", "/srv/shop/cart.py")],
            &[("namespace", "shop.cart"), ("function", "shop.cart.Cart.total")],
            &[("function", "Cart.total"), ("filepath", "shop/cart.py")],
            &[("function", "old"), ("function.name", "shop.cart.Cart.total"), ("namespace", "shop.cart")],
        ] {
            assert_eq!(named(attributes).as_deref(), Some("shop.cart:Cart.total"), "{attributes:?}");
        }
        let of_stem = named(&[("function", "total"), ("filepath", "/srv/app/shop/cart.py")]);
        assert_eq!(of_stem.as_deref(), Some("cart:total"));
    }

    #[test]
    fn functions_of_other_languages_are_none() {
        assert_eq!(named(&[("function.name", "main.handle"), ("file.path", "/src/main.go")]), None);
        assert_eq!(named(&[("function", "handle"), ("filepath", "app.rs"), ("namespace", "shop")]), None);
        assert_eq!(named(&[("file.path", "/srv/app/shop/cart.py"), ("namespace", "shop.cart")]), None);
    }
}
