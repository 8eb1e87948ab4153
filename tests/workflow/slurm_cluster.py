"""A SLURM cluster on one machine: munge, a controller and nodes, all on the loopback, all files in one folder.

No systemd, no cgroups, no accounting database. Nodes claim what the configuration says, whatever the machine has.

python tests/workflow/slurm_cluster.py FOLDER   starts one, says how to reach it, stops it on Ctrl-C
"""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo", "srun")
CONFIGURATION = """
ClusterName=local
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/completed.log
MpiDefault=none
SwitchType=switch/none
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=5,sched_min_interval=200000
# Finished jobs stay visible to squeue this long.
MinJobAge=3600
KillWait=5
InactiveLimit=0
ReturnToService=2
SlurmdTimeout=20
SlurmctldTimeout=30
PropagateResourceLimits=NONE
MailProg=/bin/true
GresTypes=gpu
PartitionName=main Nodes=ALL Default=YES DefMemPerCPU=500 DefaultTime=10 MaxTime=INFINITE State=UP
"""
# A card must be a character device of its own, else CUDA_VISIBLE_DEVICES is not set.
STAND_INS = ("null", "zero", "full", "random")


class Cluster:
    """A cluster in a folder; a context manager that starts and stops it.

    Args:
        folder: everything lies here.
        nodes: number of nodes.
        cpus: of a node.
        memory: of a node [MB].
        gpus: stand-ins for cards, of a node; 4 at most.
        port: first of the ports on the loopback; nodes are named by theirs, so that two clusters share none.
    """

    def __init__(self, folder: Path, nodes: int = 2, cpus: int = 4, memory: int = 16000, gpus: int = 1, port=16817):
        self.folder, self.nodes = folder, [f"node{port + i}" for i in range(1, nodes + 1)]
        for part in ("state", "bin", *(f"spool/{node}" for node in self.nodes)):
            (folder / part).mkdir(parents=True, exist_ok=True)
        host, user = socket.gethostname().split(".")[0], subprocess.check_output(["id", "-un"], text=True).strip()
        lines = CONFIGURATION.format(host=host, user=user, folder=folder, port=port)
        for i, node in enumerate(self.nodes, 1):
            lines += f"NodeName={node} NodeHostName={node} NodeAddr=127.0.0.1 Port={port + i} "
            lines += f"CPUs={cpus} RealMemory={memory} Gres=gpu:{gpus} State=UNKNOWN\n"
        (folder / "slurm.conf").write_text(lines)
        every = ",".join(self.nodes)
        cards = [f"NodeName={every} Name=gpu File=/dev/{device}\n" for device in STAND_INS[:gpus]]
        (folder / "gres.conf").write_text("AutoDetect=off\n" + "".join(cards))
        (folder / "munge.key").write_bytes(os.urandom(128))
        (folder / "munge.key").chmod(0o600)
        path = f"{os.environ['PATH']}:/usr/sbin:/sbin"  # where Debian puts the daemons
        # Snakemake's plugin takes SLURM_CONF out of the environment of the srun that it starts inside a job.
        srun = folder / "bin/srun"
        conf = shlex.quote(str(folder / "slurm.conf"))
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={conf} exec {shutil.which("srun", path=path)} "$@"\n')
        srun.chmod(0o755)
        self.environment = {
            **os.environ,
            "SLURM_CONF": str(folder / "slurm.conf"),
            "PATH": f"{folder / 'bin'}:{path}",
        }

    def __enter__(self) -> "Cluster":
        f = self.folder
        names = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munged.pid", "log-file": "munged.log"}
        self.run(
            "munged", "--force", *(f"--{option}={f / name}" for option, name in names.items()), f"--seed-file={f}/seed"
        )
        self.run("slurmctld")
        for node in self.nodes:
            self.start_node(node)
        return self

    def __exit__(self, *_) -> None:
        self.run("scancel", "--user", self.run("id", "-un").strip(), check=False)
        wait(60, lambda: not self.jobs())
        for name in [*(f"slurmd.{node}" for node in self.nodes), "slurmctld", "munged"]:
            self.end(name, signal.SIGTERM)

    def run(self, *command: str, check: bool = True, quiet: bool = False) -> str:
        """What a command says on this cluster."""
        done = subprocess.run(
            command,
            env=self.environment,
            check=check,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
            start_new_session=True,
        )
        return done.stdout

    def jobs(self, state: str = "pending,running,completing") -> list[str]:
        """Identifiers of the jobs in some states."""
        return self.run("squeue", "--noheader", "--states", state, "--format", "%A").split()

    def job(self, identifier: str, field: str) -> str:
        """One field of what the controller knows of a job."""
        lines = self.run("scontrol", "show", "job", identifier).split()
        return next(line.split("=", 1)[1] for line in lines if line.startswith(f"{field}="))

    def records(self, folder: Path) -> list[dict[str, str]]:
        """What the controller knows of every job that was submitted from a folder, finished ones as well."""
        lines = self.run("scontrol", "--oneliner", "show", "job").splitlines()
        jobs = [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]
        return [job for job in jobs if job.get("WorkDir") == str(folder)]

    def over_memory(self) -> set[str]:
        """Identifiers of the jobs that a node killed because they held more memory than they had asked for."""
        logs = "".join((self.folder / f"slurmd.{node}.log").read_text() for node in self.nodes)
        return set(re.findall(r"StepId=(\d+)\.\S+ exceeded memory limit", logs))

    def start_node(self, node: str) -> None:
        """Start a node's daemon and wait until it takes jobs."""
        self.run("slurmd", "-N", node)
        self.run("scontrol", "update", f"nodename={node}", "state=resume", check=False, quiet=True)
        up = ("idle", "mixed", "allocated")
        wait(60, lambda: self.run("sinfo", "-h", "-n", node, "-o", "%T").strip() in up)

    def kill_node(self, node: str) -> None:
        """Kill a node's daemon and all that it runs, as a power cut would."""
        self.end(f"slurmd.{node}", signal.SIGKILL)
        mark = f"SLURMD_NODENAME={node}".encode()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "environ").read_bytes().split(b"\0")
                stepd = (process / "cmdline").read_bytes().startswith(b"slurmstepd")
            except OSError:
                continue
            if mark in words or (stepd and f"SLURM_CONF={self.folder}/slurm.conf".encode() in words):
                os.kill(int(process.name), signal.SIGKILL)

    def end(self, name: str, number: signal.Signals) -> None:
        """Signal a daemon and wait until it is gone."""
        file = self.folder / f"{name}.pid"
        if not file.exists():
            return
        pid = int(file.read_text())
        try:
            os.kill(pid, number)
            wait(60, lambda: not Path(f"/proc/{pid}").exists())
        except ProcessLookupError:
            pass
        file.unlink(missing_ok=True)


def wait(seconds: float, done: Callable[[], bool]) -> None:
    """Until something is so.

    Raises:
        TimeoutError: it is not after some seconds.
    """
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.2)


if __name__ == "__main__":
    with Cluster(Path(sys.argv[1]).resolve()) as cluster:
        print(f"export SLURM_CONF={cluster.environment['SLURM_CONF']} PATH={cluster.folder}/bin:$PATH", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("stopping", flush=True)
