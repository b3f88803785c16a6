"""Train the model for a given number of minutes on the rows that prepare.py wrote.

The learning rate follows elapsed time, not steps: it warms up, stays, and falls to zero at the deadline however fast
the machine is. Time during which the process stood still does not count as training. Seeded; --resume continues from the last checkpoint.
"""

import argparse
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.multiprocessing as mp

from gpt import CONFIG, GPT, HeadLoss

HOME = Path(__file__).parent
USER, ASSISTANT = 1, 2


def orthogonal(g, steps=5):
    """Newton-Schulz iteration towards the nearest orthogonal matrix, in bfloat16, for a stack [n, rows, cols].

    Coefficients: K. Jordan, "Muon: an optimizer for hidden layers in neural networks", 2024.
    """
    x = g.bfloat16()
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        a = x @ x.mT
        x = 3.4445 * x + torch.baddbmm(a, a, a, beta=-4.7750, alpha=2.0315) @ x
    return (x.mT if tall else x).float()


class Muon:
    """Momentum with orthogonalised updates for the [in, out] matrices of the blocks; c_attn counts as three matrices.

    Each matrix is updated on its own, so that several processes can share the work; `grads` and `buffers` are in shared
    memory for that.
    """

    def __init__(self, matrices, momentum=0.95, decay=0.02):
        self.matrices, self.momentum, self.decay = matrices, momentum, decay
        self.buffers, self.grads = ([torch.zeros_like(m).share_memory_() for m in matrices] for _ in range(2))

    @torch.no_grad()
    def update(self, index, lr):
        matrix, buffer, grad = self.matrices[index], self.buffers[index], self.grads[index]
        buffer.lerp_(grad, 1 - self.momentum)
        step = grad.lerp(buffer, self.momentum)
        rows, columns = step.shape
        size = rows if columns == 3 * rows else columns
        step = torch.cat(orthogonal(torch.stack(step.split(size, 1))).unbind(), 1)
        matrix.mul_(1 - lr * self.decay)
        matrix.add_(step, alpha=-lr * max(1.0, size / rows) ** 0.5)


def token_weights(inputs, user_weight):
    """1 for prose and assistant tokens, `user_weight` where the model predicts what the user says."""
    places = np.where((inputs < 3), np.arange(inputs.shape[1])[None], 0)
    last = np.take_along_axis(inputs, np.maximum.accumulate(places, 1), 1)
    return np.where(last == USER, user_weight, 1.0).astype(np.float32)


class Team:
    """Processes that share the parameters, and take the jobs of a step from one counter until none is left.

    The jobs are first the micro-batches, then the matrices to update. On a machine with other work this wastes far less
    time than threads that wait for each other after every operation.
    """

    def __init__(self, model, muon, workers, rows, micro, threads, dtype):
        self.model, self.muon, self.rows, self.micro = model, muon, rows, micro
        self.threads, self.dtype = threads, dtype
        self.ids, self.target = (torch.zeros(rows, 512, dtype=torch.long).share_memory_() for _ in range(2))
        self.weight = torch.zeros(rows, 512).share_memory_()
        context = mp.get_context("spawn")
        self.next, self.quant, self.updating = (context.Value("i", 0) for _ in range(3))
        self.loss, self.rate = context.Value("d", 0.0), context.Value("d", 0.0)
        self.go, self.done = context.Semaphore(0), context.Semaphore(0)
        model.share_memory()
        self.helpers = [[torch.zeros_like(p).share_memory_() for p in model.parameters()] for _ in range(workers - 1)]
        for grads in self.helpers:
            context.Process(target=self.serve, args=(grads, os.getpid()), daemon=True).start()
        torch.set_num_threads(threads)
        of_matrix = {id(m): g for m, g in zip(muon.matrices, muon.grads, strict=True)}
        for p in model.parameters():
            p.grad = of_matrix.get(id(p), torch.zeros_like(p))

    def __getstate__(self):
        return {k: v for k, v in self.__dict__.items() if k != "helpers"}

    def serve(self, grads, parent):
        """Life of a helper process: one round of jobs for every `go`; ends with its parent."""
        torch.set_num_threads(self.threads)
        for p, grad in zip(self.model.parameters(), grads, strict=True):
            p.grad = grad
        while True:
            while not self.go.acquire(timeout=60):
                if os.getppid() != parent:
                    return
            if self.updating.value:
                self.update()
            else:
                for grad in grads:
                    grad.zero_()
                self.learn()
            self.done.release()

    def jobs(self, count, size):
        """Numbers 0, size, ... below `count` that no other process has taken."""
        while True:
            with self.next.get_lock():
                at, self.next.value = self.next.value, self.next.value + size
            if at >= count:
                return
            yield at

    def learn(self):
        """Takes micro-batches and adds up their gradients."""
        device = next(self.model.parameters()).device
        for at in self.jobs(self.rows, self.micro):
            part = slice(at, at + self.micro)
            batch = [x[part].to(device) for x in (self.ids, self.target, self.weight)]
            with torch.autocast(device.type, self.dtype):
                loss = self.model.loss(*batch, bool(self.quant.value), self.dtype) * (self.micro / self.rows)
            loss.backward()
            with self.loss.get_lock():
                self.loss.value += loss.item()

    def update(self):
        """Takes matrices and updates them."""
        for index in self.jobs(len(self.muon.matrices), 1):
            self.muon.update(index, self.rate.value)

    def gradients(self, ids, target, weight, quant):
        """Gradients (in `.grad`) and loss of one batch of numpy rows."""
        for mine, given in ((self.ids, ids), (self.target, target), (self.weight, weight)):
            mine.copy_(torch.from_numpy(given))
        for p in self.model.parameters():
            p.grad.zero_()
        self.loss.value, self.quant.value = 0.0, int(quant)
        self.round(self.learn, updating=False)
        for grads in self.helpers:
            torch._foreach_add_([p.grad for p in self.model.parameters()], grads)
        return self.loss.value

    def apply(self, lr, also):
        """Updates all matrices; this process calls `also` first."""
        self.rate.value = lr
        self.round(lambda: (also(), self.update()), updating=True)

    def round(self, mine, updating):
        """One round of jobs in all processes."""
        self.next.value, self.updating.value = 0, int(updating)
        for _ in self.helpers:
            self.go.release()
        mine()
        for _ in self.helpers:
            self.done.acquire()


class Rows:
    """Rows of token ids on disk, walked in order, wrapping at the end."""

    def __init__(self, path):
        self.rows = np.load(path, mmap_mode="r")

    def take(self, at, count):
        """`count` rows from position `at` on."""
        return self.rows[np.arange(at, at + count) % len(self.rows)].astype(np.int64)


@torch.no_grad()
def evaluate(model, rows, count, quant, autocast, dtype, device):
    """Mean cross-entropy over the first `count` rows: of all tokens, and of assistant tokens alone."""
    sums = np.zeros(4)
    for at in range(0, count, 4):
        block = rows.take(at, min(4, count - at))
        ids, target = (torch.from_numpy(block[:, s]).to(device) for s in (slice(0, -1), slice(1, None)))
        said = torch.from_numpy(token_weights(block[:, :-1], 0.0)).to(device)
        with autocast():
            hidden, table = model.hidden(ids, quant)
            for i, weight in enumerate((torch.ones_like(said), said)):
                loss = HeadLoss.apply(hidden.flatten(0, 1), table, target.flatten(), weight.flatten(), dtype)
                sums[2 * i] += loss.item() * weight.sum().item()
                sums[2 * i + 1] += weight.sum().item()
    return float(sums[0] / sums[1]), float(sums[2] / sums[3])


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--work", type=Path, default=HOME / ".work", help="folder that prepare.py wrote; checkpoints go here"
    )
    parser.add_argument("--minutes", type=float, default=115)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--rows", type=int, default=16, help="rows of 512 tokens per step")
    parser.add_argument("--micro", type=int, default=4, help="rows per forward pass")
    parser.add_argument("--dialogue-rows", type=int, default=9, help="of --rows, how many are dialogue")
    parser.add_argument("--lr-matrix", type=float, default=0.012)
    parser.add_argument("--lr-rest", type=float, default=0.002)
    parser.add_argument("--user-weight", type=float, default=0.4)
    parser.add_argument("--warmup", type=int, default=100)
    parser.add_argument("--decay-from", type=float, default=0.55, help="share of the time after which the rate falls")
    parser.add_argument(
        "--int8-from", type=float, default=0.88, help="share of the time after which weights and rows are 8-bit"
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--steps", type=int, default=0, help="stop after so many steps (speed checks)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument(
        "--workers", type=int, default=1, help="processes (CPU only); the threads are shared out among them"
    )
    parser.add_argument("--resume", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    device, dtype = torch.device(args.device), torch.bfloat16

    model = GPT(CONFIG).to(device)
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and n.startswith("h.")]
    rest = [p for n, p in model.named_parameters() if not (p.ndim == 2 and n.startswith("h."))]
    muon = Muon(matrices)
    adam = torch.optim.AdamW(rest, lr=args.lr_rest, betas=(0.9, 0.97), weight_decay=0.0, fused=True)
    talk, prose = Rows(args.work / "dialogue-train.npy"), Rows(args.work / "prose-train.npy")
    held = {"dialogue": Rows(args.work / "dialogue-val.npy"), "prose": Rows(args.work / "prose-val.npy")}
    step, active, began_unix = 0, 0.0, time.time()
    saved, log_path = args.work / "checkpoint.pt", args.work / "training-log.jsonl"
    if args.resume:
        state = torch.load(saved, map_location=device)
        model.load_state_dict(state["model"])
        adam.load_state_dict(state["adam"])
        for buffer, old in zip(muon.buffers, state["muon"], strict=True):
            buffer.copy_(old)
        step, active, began_unix = state["step"], state["active"], state["began"]
    deadline = began_unix + args.minutes * 60
    log = log_path.open("a" if args.resume else "w")

    def autocast():
        return torch.autocast(device.type, dtype)

    def checkpoint():
        state = {
            "model": model.state_dict(),
            "adam": adam.state_dict(),
            "muon": muon.buffers,
            "step": step,
            "active": active,
            "began": began_unix,
            "config": CONFIG,
            "arguments": {k: str(v) for k, v in vars(args).items()},
        }
        torch.save(state, saved.with_suffix(".tmp"))
        saved.with_suffix(".tmp").replace(saved)

    def record(**facts):
        log.write(json.dumps(facts) + "\n")
        log.flush()
        print(facts, flush=True)

    team = Team(model, muon, args.workers, args.rows, args.micro, max(1, args.threads // args.workers), dtype)
    per_step, mean, last_save, last_eval = args.rows * 512, None, time.time(), time.time()
    while True:
        left = deadline - time.time()
        if left <= 0 or (args.steps and step >= args.steps):
            break
        began = time.time()
        done = active / (active + left)
        quant = done >= args.int8_from
        rate = min(1.0, (step + 1) / args.warmup, max(0.0, (1 - done) / (1 - args.decay_from)))
        rng = np.random.default_rng((args.seed, step))
        batch = np.concatenate(
            [
                talk.take(step * args.dialogue_rows, args.dialogue_rows),
                prose.take(step * (args.rows - args.dialogue_rows), args.rows - args.dialogue_rows),
            ]
        )
        batch = batch[rng.permutation(args.rows)]
        weights = token_weights(batch[:, :-1], args.user_weight)
        total = team.gradients(batch[:, :-1], batch[:, 1:], weights, quant)
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0).item()
        if math.isfinite(norm):
            adam.param_groups[0]["lr"] = args.lr_rest * rate
            team.apply(args.lr_matrix * rate, adam.step)
        step += 1
        active += min(time.time() - began, 30.0)
        mean = total if mean is None else 0.95 * mean + 0.05 * total
        if step % 10 == 0 or step < 4:
            record(
                step=step,
                tokens=step * per_step,
                seconds=round(active, 1),
                done=round(done, 4),
                rate=round(rate, 4),
                loss=round(mean, 4),
                norm=round(norm, 3),
                int8=quant,
            )
        if time.time() - last_eval > 600:
            for name, rows in held.items():
                every, said = evaluate(model, rows, 16, quant, autocast, dtype, device)
                record(
                    step=step,
                    tokens=step * per_step,
                    seconds=round(active, 1),
                    held=name,
                    loss=round(every, 4),
                    assistant=round(said, 4),
                    int8=quant,
                )
            last_eval = time.time()
        if time.time() - last_save > 300:
            checkpoint()
            last_save = time.time()
    checkpoint()
    record(step=step, tokens=step * per_step, seconds=round(active, 1), finished=True)


if __name__ == "__main__":
    main()
