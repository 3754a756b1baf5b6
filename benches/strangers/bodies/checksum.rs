    // Other alphabets, and what isn't of digits, are Python's.
    if alphabet != "0123456789" || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return call.original();
    }
    let digits = number.bytes().rev().map(|byte| i64::from(byte - b'0'));
    let counted = digits.enumerate().map(|(place, digit)| match place % 2 {
        0 => digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    });
    Ok((counted.sum::<i64>() % 10).into_pyobject(call.py)?.into_any())
