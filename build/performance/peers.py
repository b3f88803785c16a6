"""Multiplies one int8 matrix with one encrypted int8 row in other libraries, and prints one JSON object.

`npm run bench -- lattice --peer` runs this in a virtual environment of its own. The libraries are measured here and
used nowhere: they are installed on request, and the program neither ships them nor depends on them. Concrete ML's
extensions are under the BSD-3-Clause-Clear licence, which grants no patents; TenSEAL is under Apache-2.0.

The matrix is `weights.i8`, [outputs][inputs], the row `row.i8`, as `native/lattice/examples/bench` writes them. Times
are those of the product on the server; keys and messages are counted as each library serialises them.
"""

import argparse
import importlib
import importlib.metadata
import json
import os
import pathlib
import statistics
import sys
import time


def main():
    """Runs the program."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--matrix", type=pathlib.Path, required=True, help="folder of weights.i8 and row.i8")
    options.add_argument("--runs", type=int, default=7)
    options.add_argument("--threads", type=int, default=2)
    options = options.parse_args()
    # Both libraries read it when they are loaded.
    os.environ["RAYON_NUM_THREADS"] = str(options.threads)
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    peers, missing = [], []
    for measure in (concrete, tenseal):
        try:
            peers.append(measure(options))
        except (ImportError, OSError) as error:
            missing.append(f"{measure.__name__}: {error}")
    json.dump({"peers": peers, "missing": missing}, sys.stdout)


def concrete(options):
    """Concrete ML's extensions: the engine of its encrypted language models, with its default parameters."""
    numpy = importlib.import_module("numpy")
    library = importlib.import_module("concrete_ml_extensions")
    weights, row, wanted = load(numpy, options.matrix)
    # It computes modulo 2^64: negative numbers are given as their residues.
    unsigned = numpy.ascontiguousarray(weights.T.astype(numpy.int64).astype(numpy.uint64))
    parameters = library.MatmulCryptoParameters.deserialize(library.default_params())
    say("concrete-ml-extensions: keys")
    key, evaluation_key = library.create_private_key(parameters)
    request = library.encrypt_matrix(
        pkey=key, crypto_params=parameters, data=row.astype(numpy.int64).astype(numpy.uint64)
    )

    def multiply():
        return library.matrix_multiplication(encrypted_matrix=request, data=unsigned, compression_key=evaluation_key)

    samples, response = timed("concrete-ml-extensions", multiply, options.runs)
    # Results lie in polynomials of 2048 coefficients.
    last = wanted.shape[1] % 2048 or 2048
    found = library.decrypt_matrix(response, key, parameters, num_valid_glwe_values_in_last_ciphertext=last)
    return report(
        numpy,
        "concrete-ml-extensions",
        "default_params()",
        samples,
        numpy.asarray(found).astype(numpy.int64),
        wanted,
        (len(request.serialize()), len(response.serialize()), len(evaluation_key.serialize())),
    )


def tenseal(options):
    """TenSEAL's CKKS vectors: N = 8192, moduli of 60, 40, 40 and 60 bits."""
    numpy = importlib.import_module("numpy")
    library = importlib.import_module("tenseal")
    weights, row, wanted = load(numpy, options.matrix)
    say("tenseal: keys")
    context = library.context(
        library.SCHEME_TYPE.CKKS,
        poly_modulus_degree=8192,
        coeff_mod_bit_sizes=[60, 40, 40, 60],
        n_threads=options.threads,
    )
    context.global_scale = 2**40
    without = len(context.serialize(save_secret_key=False, save_galois_keys=False, save_relin_keys=False))
    context.generate_galois_keys()
    with_keys = context.serialize(save_secret_key=False, save_galois_keys=True, save_relin_keys=False)
    request = library.ckks_vector(context, row[0].astype(float).tolist())
    matrix = weights.T.astype(float).tolist()

    def multiply():
        return request.mm(matrix)

    samples, response = timed("tenseal", multiply, options.runs)
    found = numpy.rint(numpy.array([response.decrypt()])).astype(numpy.int64)
    return report(
        numpy,
        "tenseal",
        "CKKS, N = 8192, moduli of 60, 40, 40, 60 bits, scale 2^40; results rounded",
        samples,
        found,
        wanted,
        (len(request.serialize()), len(response.serialize()), len(with_keys) - without),
    )


def load(numpy, folder):
    """Weights [outputs][inputs], the row [1][inputs], and their product in integers [1][outputs]."""
    row = numpy.fromfile(folder / "row.i8", dtype=numpy.int8).reshape(1, -1)
    weights = numpy.fromfile(folder / "weights.i8", dtype=numpy.int8).reshape(-1, row.shape[1])
    return weights, row, row.astype(numpy.int64) @ weights.T.astype(numpy.int64)


def timed(name, run, runs):
    """Milliseconds of every run after one that warms up, and the last result."""
    samples = []
    for index in range(runs + 1):
        say(f"{name}: run {index} of {runs}")
        began = time.perf_counter()
        result = run()
        if index > 0:
            samples.append((time.perf_counter() - began) * 1e3)
    return samples, result


def report(numpy, library, parameters, samples, found, wanted, sizes):
    """One library's figures."""
    errors = numpy.abs(found.reshape(wanted.shape) - wanted)
    request, response, keys = sizes
    return {
        "library": library,
        "version": importlib.metadata.version(library),
        "parameters": parameters,
        "samples": samples,
        "median": statistics.median(samples),
        "exact_share": float((errors == 0).mean()),
        "largest_error": int(errors.max()),
        "request_bytes": request,
        "response_bytes": response,
        "key_bytes": keys,
    }


def say(text):
    """Progress for whoever waits."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
