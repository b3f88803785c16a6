#![doc = include_str!("../FORMATS.md")]

use crate::layout::{Layout, PACKED_T_LIMIT};
use crate::{FormatError, MatrixInfo, RequestKind};
use rand_core::CryptoRng;

pub(crate) const SCHEME_RLWE: u8 = 1;
#[cfg(feature = "insecure-plaintext")]
pub(crate) const SCHEME_PLAINTEXT: u8 = 255;

const MAGIC: [u8; 4] = *b"SLAT";
const VERSION: u8 = 2;

pub(crate) const KEYS_HEAD: usize = 8;
pub(crate) const REQUEST_HEAD: usize = 44;
pub(crate) const RESPONSE_HEAD: usize = 20;
/// Of online requests and their responses.
pub(crate) const ONLINE_HEAD: usize = 20;

/// The messages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Keys = 1,
    Request = 2,
    Response = 3,
    Preparation = 4,
    OnlineRequest = 5,
    OnlineResponse = 6,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Keys => "evaluation keys",
            Self::Request => "request",
            Self::Response => "response",
            Self::Preparation => "preparation",
            Self::OnlineRequest => "online request",
            Self::OnlineResponse => "online response",
        }
    }
}

impl From<RequestKind> for Kind {
    fn from(kind: RequestKind) -> Self {
        match kind {
            RequestKind::Whole => Self::Request,
            RequestKind::Preparation => Self::Preparation,
            RequestKind::Online => Self::OnlineRequest,
        }
    }
}

/// What a message to a server asks for, and for how many rows, by its head; `None` if it is no such message.
pub(crate) fn asked(bytes: &[u8]) -> Option<(RequestKind, u32)> {
    let kind = *bytes.strip_prefix(&MAGIC)?.get(1)?;
    let kinds = [RequestKind::Whole, RequestKind::Preparation, RequestKind::Online];
    let kind = kinds.into_iter().find(|&known| Kind::from(known) as u8 == kind)?;
    // After the first eight bytes: the length of a row, t, the rows.
    bytes.get(16..)?.first_chunk().map(|&rows| (kind, u32::from_le_bytes(rows)))
}

/// Fails unless `bytes` has exactly `expected` bytes.
pub(crate) fn check_len(kind: Kind, bytes: &[u8], expected: usize) -> Result<(), FormatError> {
    if bytes.len() == expected {
        Ok(())
    } else {
        Err(FormatError::Length { what: kind.name(), expected, found: bytes.len() })
    }
}

/// The layout of messages of `rows` rows for the matrix of `info`.
fn layout(scheme: u8, info: &MatrixInfo, rows: usize) -> Layout {
    if scheme == SCHEME_RLWE { Layout::of(info, rows) } else { Layout::Row }
}

/// The eight bytes that every message begins with.
fn prefix(kind: Kind, scheme: u8, layout: Layout) -> [u8; 8] {
    let [m0, m1, m2, m3] = MAGIC;
    [m0, m1, m2, m3, VERSION, kind as u8, scheme, layout.byte()]
}

/// Checks the first eight bytes but for the layout, and returns that, the rest of a head of `N` bytes and what follows it.
fn split<const N: usize>(bytes: &[u8], kind: Kind, scheme: u8) -> Result<(u8, [u8; N], &[u8]), FormatError> {
    let short = FormatError::Length { what: kind.name(), expected: 8 + N, found: bytes.len() };
    let (&[m0, m1, m2, m3, version, found_kind, found_scheme, layout], rest) =
        bytes.split_first_chunk::<8>().ok_or(short.clone())?;
    if [m0, m1, m2, m3] != MAGIC || found_kind != kind as u8 {
        return Err(FormatError::Magic { expected: kind.name() });
    }
    if version != VERSION {
        return Err(FormatError::Version { found: version, supported: VERSION });
    }
    if found_scheme != scheme {
        return Err(FormatError::Scheme { found: found_scheme, expected: scheme });
    }
    let (head, body) = rest.split_first_chunk::<N>().ok_or(short)?;
    Ok((layout, *head, body))
}

fn check_layout(found: u8, expected: Layout) -> Result<Layout, FormatError> {
    if found == expected.byte() { Ok(expected) } else { Err(FormatError::Layout(found)) }
}

fn check_field(field: &'static str, found: u32, expected: u32) -> Result<(), FormatError> {
    if found == expected {
        Ok(())
    } else {
        Err(FormatError::Field { field, expected: expected.into(), found: found.into() })
    }
}

fn check_rows(rows: u32, limit: usize) -> Result<(), FormatError> {
    if (1..=limit).contains(&(rows as usize)) {
        Ok(())
    } else {
        Err(FormatError::Rows { found: rows as usize, limit })
    }
}

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    bytes.get(offset..).and_then(<[u8]>::first_chunk::<4>).map_or(0, |&b| u32::from_le_bytes(b))
}

/// The fields that every message of rows has after its first eight bytes: the length of a row, t, the rows.
fn fields(width: u32, t: u32, rows: u32) -> impl Iterator<Item = u8> {
    [width, t, rows].into_iter().flat_map(u32::to_le_bytes)
}

/// Checks these fields against the matrix of `info`, in which a row's length has a name and a value; returns the rows.
fn parse_fields(
    bytes: &[u8],
    (name, width): (&'static str, u32),
    info: &MatrixInfo,
    limit: usize,
) -> Result<u32, FormatError> {
    let rows = u32_at(bytes, 8);
    check_field(name, u32_at(bytes, 0), width)?;
    check_field("t", u32_at(bytes, 4), info.t)?;
    check_rows(rows, limit)?;
    Ok(rows)
}

/// The head of evaluation keys.
pub(crate) fn keys_head(scheme: u8) -> Vec<u8> {
    prefix(Kind::Keys, scheme, Layout::Row).to_vec()
}

/// Checks head and length of evaluation keys, and returns what follows the head.
pub(crate) fn parse_keys_head(bytes: &[u8], scheme: u8, expected: usize) -> Result<&[u8], FormatError> {
    let (found, [], body) = split::<0>(bytes, Kind::Keys, scheme)?;
    check_layout(found, Layout::Row)?;
    check_len(Kind::Keys, bytes, expected)?;
    Ok(body)
}

/// What precedes the ciphertexts of a request; a preparation is nothing else.
pub(crate) struct RequestHead {
    pub(crate) layout: Layout,
    pub(crate) inputs: u32,
    pub(crate) t: u32,
    pub(crate) rows: u32,
    pub(crate) salt: [u8; 16],
    pub(crate) counter: u64,
}

impl RequestHead {
    /// The head of a request of `count` rows for the matrix of `info`, with a salt from `rng`.
    pub(crate) fn new(
        scheme: u8,
        info: &MatrixInfo,
        count: usize,
        counter: u64,
        rng: &mut impl CryptoRng,
    ) -> Self {
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let layout = layout(scheme, info, count);
        Self { layout, inputs: info.inputs, t: info.t, rows: count as u32, salt, counter }
    }

    /// Of a request or a preparation.
    pub(crate) fn write(&self, kind: Kind, scheme: u8) -> Vec<u8> {
        let mut bytes = prefix(kind, scheme, self.layout).to_vec();
        bytes.extend(fields(self.inputs, self.t, self.rows));
        bytes.extend(self.salt);
        bytes.extend(self.counter.to_le_bytes());
        bytes
    }

    /// Reads the head of a request or a preparation, which must fit the matrix of `info`; returns it and what follows it.
    pub(crate) fn parse<'a>(
        bytes: &'a [u8],
        kind: Kind,
        scheme: u8,
        info: &MatrixInfo,
        limit: usize,
    ) -> Result<(Self, &'a [u8]), FormatError> {
        let (found, head, body) = split::<36>(bytes, kind, scheme)?;
        let (fields, seed) = head.split_at(12);
        let rows = parse_fields(fields, ("inputs", info.inputs), info, limit)?;
        let layout = check_layout(found, layout(scheme, info, rows as usize))?;
        let salt = seed.first_chunk().copied().unwrap_or_default();
        let counter = seed.last_chunk().map_or(0, |&b| u64::from_le_bytes(b));
        Ok((Self { layout, inputs: info.inputs, t: info.t, rows, salt, counter }, body))
    }
}

/// What precedes the ciphertexts of a response.
pub(crate) struct ResponseHead {
    pub(crate) layout: Layout,
    pub(crate) outputs: u32,
    pub(crate) t: u32,
    pub(crate) rows: u32,
}

impl ResponseHead {
    /// The head of the response to the request of `head` for the matrix of `info`.
    pub(crate) fn to(head: &RequestHead, info: &MatrixInfo) -> Self {
        Self { layout: head.layout, outputs: info.outputs, t: info.t, rows: head.rows }
    }

    pub(crate) fn write(&self, scheme: u8) -> Vec<u8> {
        let mut bytes = prefix(Kind::Response, scheme, self.layout).to_vec();
        bytes.extend(fields(self.outputs, self.t, self.rows));
        bytes
    }

    /// Checks a head that must fit the matrix of `info` and `count` rows; returns the layout and what follows the head.
    pub(crate) fn parse<'a>(
        bytes: &'a [u8],
        scheme: u8,
        info: &MatrixInfo,
        count: usize,
        limit: usize,
    ) -> Result<(Layout, &'a [u8]), FormatError> {
        let (found, head, body) = split::<12>(bytes, Kind::Response, scheme)?;
        let rows = parse_fields(&head, ("outputs", info.outputs), info, limit)?;
        if rows as usize != count {
            return Err(FormatError::Field { field: "rows", expected: count as u64, found: rows.into() });
        }
        Ok((check_layout(found, layout(scheme, info, count))?, body))
    }
}

/// What precedes the numbers of an online request or its response.
pub(crate) struct OnlineHead {
    /// That of the preparation.
    pub(crate) layout: Layout,
    pub(crate) rows: u32,
}

impl OnlineHead {
    pub(crate) fn write(&self, kind: Kind, scheme: u8, info: &MatrixInfo) -> Vec<u8> {
        let mut bytes = prefix(kind, scheme, self.layout).to_vec();
        bytes.extend(fields(Self::width(kind, info).1, info.t, self.rows));
        bytes
    }

    /// Reads a head that must fit the matrix of `info`; returns it and what follows it.
    pub(crate) fn parse<'a>(
        bytes: &'a [u8],
        kind: Kind,
        scheme: u8,
        info: &MatrixInfo,
        limit: usize,
    ) -> Result<(Self, &'a [u8]), FormatError> {
        let (found, head, body) = split::<12>(bytes, kind, scheme)?;
        let rows = parse_fields(&head, Self::width(kind, info), info, limit)?;
        // Prepared rows may be packed whatever the number of those that are sent.
        let packs = scheme == SCHEME_RLWE && info.t < PACKED_T_LIMIT;
        let expected = if packs && found == Layout::Packed.byte() { Layout::Packed } else { Layout::Row };
        Ok((Self { layout: check_layout(found, expected)?, rows }, body))
    }

    /// Name and value of the field that says how long a row is.
    fn width(kind: Kind, info: &MatrixInfo) -> (&'static str, u32) {
        match kind {
            Kind::OnlineRequest => ("inputs", info.inputs),
            _ => ("outputs", info.outputs),
        }
    }
}
