    /// A coordinate in steps of the precision, as Python 2 rounds; nothing where it's no float, or too large.
    fn steps(value: &Bound<'_, PyAny>, factor: f64) -> Option<i64> {
        let exact = call::float(value)? * factor;
        let rounded = (exact.abs() + 0.5).floor().copysign(exact);
        (rounded.abs() < 9e15).then_some(rounded as i64)
    }
    fn write(text: &mut String, change: i64) {
        let mut rest = if change >= 0 { change << 1 } else { !(change << 1) };
        while rest >= 0x20 {
            text.push(char::from((0x20 | (rest & 0x1f)) as u8 + 63));
            rest >>= 5;
        }
        text.push(char::from(rest as u8 + 63));
    }
    let Ok(precision @ 0..=15) = i32::try_from(precision) else { return call.original() };
    if coordinates.is_empty() {
        return call.original();
    }
    let factor = 10_f64.powi(precision);
    let (mut text, mut before) = (String::with_capacity(coordinates.len() * 8), [0, 0]);
    for point in coordinates {
        let Some(point) = call::tuple(&point).filter(|point| point.len() == 2) else { return call.original() };
        let (first, second) = if geojson { (1, 0) } else { (0, 1) };
        let latitude = steps(&point.get_item(first)?, factor);
        let longitude = steps(&point.get_item(second)?, factor);
        let (Some(latitude), Some(longitude)) = (latitude, longitude) else { return call.original() };
        write(&mut text, latitude - before[0]);
        write(&mut text, longitude - before[1]);
        before = [latitude, longitude];
    }
    Ok(pyo3::types::PyString::new(call.py, &text).into_any())
