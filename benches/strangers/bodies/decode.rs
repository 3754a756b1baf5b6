    /// The number at an index, which moves behind it; nothing where there is no whole one.
    fn number(bytes: &[u8], index: &mut usize) -> Option<i64> {
        let (mut result, mut shift) = (0_i64, 0);
        loop {
            let byte = i64::from(*bytes.get(*index)?) - 63;
            if !(0..64).contains(&byte) || shift > 55 {
                return None;
            }
            *index += 1;
            result |= (byte & 0x1f) << shift;
            shift += 5;
            if byte < 0x20 {
                return Some(if result & 1 == 1 { !(result >> 1) } else { result >> 1 });
            }
        }
    }
    // What Python does with other precisions, and with texts that are none of these, it goes on doing.
    let (Ok(precision @ 0..=15), text) = (i32::try_from(precision), expression.as_bytes()) else {
        return call.original();
    };
    let factor = 10_f64.powi(precision);
    let (mut index, mut latitude, mut longitude) = (0, 0_i64, 0_i64);
    let mut points = Vec::with_capacity(text.len() / 8);
    while index < text.len() {
        let (Some(north), Some(east)) = (number(text, &mut index), number(text, &mut index)) else {
            return call.original();
        };
        (latitude, longitude) = (latitude + north, longitude + east);
        let point = (latitude as f64 / factor, longitude as f64 / factor);
        points.push(if geojson { (point.1, point.0) } else { point });
    }
    points.into_pyobject(call.py)
