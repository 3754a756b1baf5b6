//! Names of operations that differ in an id alone.

use std::borrow::Cow;

/// What takes the place of an id.
const ID: &str = "{id}";
/// What takes the place of what follows a question mark.
const QUERY: &str = "?{query}";
/// From so many on, hexadecimal digits with at least one that is no letter are an id: shorter ones are words or
/// versions.
const HEXADECIMAL: usize = 8;

/// The name with `{id}` for numbers, UUIDs and hexadecimal strings that are segments of a path, and `?{query}` for what
/// follows a path.
///
/// `GET /user/17?full=1` becomes `GET /user/{id}?{query}`. What isn't in a path stays as it is.
pub(super) fn grouped(name: &str) -> Cow<'_, str> {
    if !name.contains('/') {
        return Cow::Borrowed(name);
    }
    let mut pattern = String::with_capacity(name.len());
    for word in name.split_inclusive(char::is_whitespace) {
        if word.contains('/') {
            push_path(&mut pattern, word);
        } else {
            pattern.push_str(word);
        }
    }
    if pattern == name { Cow::Borrowed(name) } else { Cow::Owned(pattern) }
}

/// White space at its end is kept.
fn push_path(pattern: &mut String, word: &str) {
    let text = word.trim_end();
    let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            pattern.push('/');
        }
        // What stands before the first slash is a host, or the start of a relative path.
        pattern.push_str(if is_id(segment) { ID } else { segment });
    }
    if query.is_some_and(|query| !query.is_empty()) {
        pattern.push_str(QUERY);
    } else if query.is_some() {
        pattern.push('?');
    }
    pattern.push_str(&word[text.len()..]);
}

fn is_id(segment: &str) -> bool {
    let digits = segment.strip_prefix('-').unwrap_or(segment).as_bytes();
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number || is_hexadecimal(segment.as_bytes()) || is_uuid(segment.as_bytes())
}

fn is_hexadecimal(segment: &[u8]) -> bool {
    let digits = segment.strip_prefix(b"0x").unwrap_or(segment);
    digits.len() >= HEXADECIMAL && digits.iter().all(u8::is_ascii_hexdigit) && digits.iter().any(u8::is_ascii_digit)
}

/// 8-4-4-4-12 hexadecimal digits.
fn is_uuid(segment: &[u8]) -> bool {
    segment.len() == 36
        && segment.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn numbers_uuids_and_hexadecimal_segments_of_a_path_are_ids() {
        for (name, pattern) in [
            ("GET /user/17", "GET /user/{id}"),
            ("GET /user/17/orders/3", "GET /user/{id}/orders/{id}"),
            ("/user/7f3c1a2e-0b57-4c7e-9d55-6a1f0e9b2c44", "/user/{id}"),
            ("/blob/5f2b9a0c1d/raw", "/blob/{id}/raw"),
            ("/tx/0xDEADBEEF01", "/tx/{id}"),
            ("PUT http://host:80/a/1?x=2&y", "PUT http://host:80/a/{id}?{query}"),
            ("GET /a/1 HTTP/1.1", "GET /a/{id} HTTP/1.1"),
            ("/temperature/-4", "/temperature/{id}"),
        ] {
            assert_eq!(grouped(name), pattern);
        }
    }

    #[test]
    fn what_is_no_id_stays() {
        for name in [
            "",
            "/",
            "GET",
            "SELECT 17",
            "GET /user/{user_id}",
            "/v1/users",
            "/feed/defaced",
            "/words/deadbeef",
            "/a?",
            "/user/-",
            "/x/7f3c1a2e-0b57-4c7e-9d55-6a1f0e9b2c4g",
            " /a /b ",
        ] {
            assert_eq!(grouped(name), name);
        }
    }

    #[test]
    fn grouping_twice_changes_nothing_more() {
        let once = grouped("GET /user/17?a=/5").into_owned();
        assert_eq!(grouped(&once), once);
    }
}
