//! The server's half: from a request to a response.
//!
//! 1. *Expansion* (module `expand`): the module secrets of a request are switched to `s`.
//! 2. *Babies* (`babies`): 15 automorphisms of every input, from one set of digits (hoisting).
//! 3. *Inner products* with the matrix (`inner`), tile after tile, for which the babies are brought into that order.
//! 4. *Giants* (`giants`): the automorphisms of the inner products, summed before one common division by P1·P2.
//!    Where inputs are many, half of the babies are left to them (module `layout`).
//! 5. *Response* (`response`): a switch to the subring of even exponents, where the outputs lie, and to the modulus 2^r.
//!
//! Packed rows (module `layout`) come as ciphertexts under `s` and fill them: they need neither the first step nor the
//! switch of the last. Their babies are made in rounds.
//!
//! Every step is a number of tasks that the members of a team (module `team`) share. What a task makes is its own, in
//! scratch space; the next step's tasks read from it what they need.
#![allow(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "indices run over the lengths that the matrix and the keys have by construction; a limb's is that of several"
)]

mod babies;
mod expand;
mod giants;
mod inner;
mod response;

use crate::encrypt::{parse_rows, row_len};
use crate::format::{self, Kind, REQUEST_HEAD, RequestHead, ResponseHead, SCHEME_RLWE};
use crate::kernel;
use crate::keys::EvaluationKeys;
use crate::layout::Layout;
use crate::matrix::{Matrix, Table};
use crate::params::{LIMBS_Q, MODULI, ntts};
use crate::poly::{P1_LIMB, Poly, conversions};
use crate::profile::Step;
use crate::team::{Member, Results, together};
use crate::{FormatError, RequestKind};
use babies::Babies;
use giants::Quotient;
use inner::Tiles;
#[cfg(test)]
pub(crate) use response::switch_ring;
use std::sync::Arc;

/// Components of a ciphertext, `b + a·s` being the phase: b first.
const COMPONENTS: usize = 2;

/// The limbs of a ciphertext over q under `s`: `[component][prime]`, N words each.
type Limbs<'a> = [&'a [u32]; COMPONENTS * LIMBS_Q];

/// Bytes of a request of `rows` rows of `inputs`.
pub(crate) fn request_len(inputs: usize, rows: usize) -> usize {
    REQUEST_HEAD + rows * row_len(inputs)
}

/// Ciphertexts' rows that are multiplied at the same time: enough to read the matrix seldom, few enough to bound memory
/// (about 7 MB a row for 768 inputs and 2304 outputs).
const BATCH: usize = 8;

/// Answers a request for at most `limit` rows, or a preparation of as many: that is, a request of zeros.
pub(crate) fn multiply(
    keys: &EvaluationKeys,
    matrix: &Matrix,
    request: &[u8],
    limit: usize,
) -> Result<Vec<u8>, FormatError> {
    let prepares = matches!(format::asked(request), Some((RequestKind::Preparation, _)));
    let kind = if prepares { Kind::Preparation } else { Kind::Request };
    let (head, body) = RequestHead::parse(request, kind, SCHEME_RLWE, &matrix.info, limit)?;
    let (inputs, count) = (matrix.info.inputs as usize, head.rows as usize);
    format::check_len(kind, request, if prepares { REQUEST_HEAD } else { request_len(inputs, count) })?;
    let ciphertexts: Vec<&[u8]> = if prepares {
        vec![&[]; count.div_ceil(head.layout.rows())]
    } else {
        body.chunks(head.layout.rows() * row_len(inputs)).collect()
    };
    let mut response = ResponseHead::to(&head, &matrix.info).write(SCHEME_RLWE);
    let mut extend = |parts: Arc<Results<Vec<u8>>>| parts.iter().for_each(|part| response.extend(part));
    // On a thread of the pool from here on: a team that is formed from outside costs a hand-over and a wake-up.
    rayon::scope(|_| {
        match head.layout {
            Layout::Row => {
                for (i, batch) in ciphertexts.chunks(BATCH).enumerate() {
                    extend(together(|member| {
                        let parsed = parse(member, batch, Layout::Row, inputs);
                        let rows = rows(&parsed)?;
                        let products = products(member, keys, matrix, &head, BATCH * i, &rows);
                        let shared = response::switch_ring(member, keys, &matrix.row.blocks, &products);
                        Ok(response::rows(member, matrix, &shared, rows.len()))
                    })?);
                }
            }
            Layout::Packed => {
                let tiles = together(|member| {
                    let parsed = parse(member, &ciphertexts, Layout::Packed, inputs);
                    Ok(packed_tiles(member, keys, &head, &rows(&parsed)?))
                })?;
                let products = packed_products(keys, matrix, &tiles, ciphertexts.len());
                extend(together(|member| {
                    response::packed_rows(member, matrix, &products, head.rows as usize)
                }));
            }
        }
        Ok(())
    })?;
    Ok(response)
}

/// The b-parts `[ciphertext]` of each of `rows`, which are one or, packed, several; zeros where no bytes are sent.
fn parse(
    member: &mut Member,
    rows: &[&[u8]],
    layout: Layout,
    inputs: usize,
) -> Arc<Results<Result<Vec<Poly>, FormatError>>> {
    member.timed(Step::Parse, |member| member.map(rows.len(), |i| parse_rows(rows[i], layout, inputs)))
}

/// What was parsed, or the first failure.
fn rows(parsed: &Results<Result<Vec<Poly>, FormatError>>) -> Result<Vec<&[Poly]>, FormatError> {
    parsed.iter().map(|row| row.as_deref().map_err(Clone::clone)).collect()
}

/// Steps 1 to 4: the encrypted outputs, `[row][block][component]`, of `rows`, which begin at row `first`.
pub(crate) fn products(
    member: &mut Member,
    keys: &EvaluationKeys,
    matrix: &Matrix,
    head: &RequestHead,
    first: usize,
    rows: &[&[Poly]],
) -> Arc<Results<Quotient>> {
    let inputs = member.timed(Step::Expand, |member| {
        expand::expand(member, keys, head, first, matrix.info.inputs as usize, rows)
    });
    let babies = member.timed(Step::Babies, |member| {
        Babies::new(member, keys, Layout::Row.rounds(matrix.row.halves), inputs)
    });
    let tiles = member.timed(Step::Inner, |member| Tiles::new(member, &babies));
    sums(member, keys, &matrix.row, &tiles, rows.len())
}

/// Steps 3 and 4 of `rows` rows, or packed rows: the outputs of the table's blocks, `[row][block][component]`.
fn sums(
    member: &mut Member,
    keys: &EvaluationKeys,
    table: &Table,
    tiles: &Tiles,
    rows: usize,
) -> Arc<Results<Quotient>> {
    let inner = member.timed(Step::Inner, |member| inner::products(member, table, tiles, rows));
    member.timed(Step::Giants, |member| giants::sums(member, keys, table, &inner, rows))
}

/// Step 2 of packed rows, in the order for step 3 of all blocks.
pub(crate) fn packed_tiles(
    member: &mut Member,
    keys: &EvaluationKeys,
    head: &RequestHead,
    rows: &[&[Poly]],
) -> Tiles {
    let babies = member.timed(Step::Babies, |member| {
        let inputs = expand::packed_inputs(member, head, rows);
        Babies::new(member, keys, Layout::Packed.rounds(1), inputs)
    });
    member.timed(Step::Inner, |member| Tiles::new(member, &babies))
}

/// Steps 3 and 4 of packed rows: the encrypted outputs, for every block `[packed rows][component]`.
pub(crate) fn packed_products(
    keys: &EvaluationKeys,
    matrix: &Matrix,
    tiles: &Tiles,
    rows: usize,
) -> Vec<Arc<Results<Quotient>>> {
    matrix.map_packed(|table| together(|member| sums(member, keys, table, tiles, rows)))
}

/// What is to be subtracted from a sum's limb of prime i of q, as values, that is divided by P1 but for its remainder: the
/// residues of its limb of P1, `special` (coefficients), divided by P1; less the coefficients `addend`, if there are any.
fn remainder_of_p1(special: &[u32], i: usize, addend: Option<&[u32]>, remainder: &mut [u32]) {
    let m = &MODULI[i];
    kernel::lift(special, remainder, &MODULI[P1_LIMB], m, conversions().p1_inverse(i));
    if let Some(addend) = addend {
        kernel::subtract_lazy(remainder, addend, m);
    }
    ntts()[i].forward(remainder);
}
