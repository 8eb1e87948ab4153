"""Results on an S3-compatible store: nothing is shared but the bucket."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest
import yaml

STUDY = {
    "data": {"square": {"kind": "uniform", "samples": {"train": 200, "validation": 50, "test": 50}}},
    "experiments": {
        "square": {
            "data": "square",
            "model": {"kind": "vae", "hidden": [8], "likelihood": "gaussian"},
            "train": {"epochs": 2},
        }
    },
}


@pytest.fixture
def bucket(modules):
    modules(("moto", "snakemake_storage_plugin_s3"), "envs/storage.txt")
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    where = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=where, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    client.create_bucket(Bucket="study")
    yield where, client
    server.stop()


def run(house, where, *arguments):
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--default-storage-provider", "s3"]
    command += ["--default-storage-prefix", "s3://study", "--storage-s3-endpoint-url", where]
    command += ["--storage-s3-region", "us-east-1", *arguments]
    keys = {"SNAKEMAKE_STORAGE_S3_ACCESS_KEY": "a", "SNAKEMAKE_STORAGE_S3_SECRET_KEY": "b"}
    environment = {**os.environ, **keys, "PYTHONPATH": str(house.folder)}
    return subprocess.run(command, cwd=house.folder, env=environment, text=True, capture_output=True, check=False)


def test_the_results_lie_in_the_bucket_and_a_second_machine_goes_on_with_them(house, second, bucket):
    where, client = bucket
    (house.folder / "config.yaml").write_text(yaml.safe_dump(STUDY))
    done = run(house, where)
    assert done.returncode == 0, done.stderr[-3000:]
    held = {entry["Key"] for entry in client.list_objects_v2(Bucket="study")["Contents"]}
    assert {"results/summary/square.csv", "results/data/square.zarr/.zmetadata", "results/run/manifest.json"} <= held
    assert {"results/benchmarks/encode/square/stack~all.tsv", "results/logs/encode/square/stack~all.log"} <= held
    body = client.get_object(Bucket="study", Key="results/summary/square.csv")["Body"]
    assert pd.read_csv(body)["member"].tolist() == [0, 0]
    assert {path.name for path in (house.folder / "results").iterdir()} == {"logs"}, "TensorBoard writes beside"
    first = json.loads(client.get_object(Bucket="study", Key="results/run/manifest.json")["Body"].read())

    (second.folder / "config.yaml").write_text(yaml.safe_dump(STUDY))
    again = run(second, where, "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr, again.stdout[-3000:]
    client.delete_object(Bucket="study", Key="results/summary/square.csv")
    done = run(second, where)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "summarising square" in done.stdout + done.stderr
    assert "training square" not in done.stdout + done.stderr
    manifest = json.loads(client.get_object(Bucket="study", Key="results/run/manifest.json")["Body"].read())
    assert manifest["environments"] == first["environments"] != []
    summary = {path.split("results/")[1]: digest for path, digest in manifest["outputs"].items()}["summary/square.csv"]
    assert summary in first["outputs"].values()
    assert manifest["jobs"] < first["jobs"], "costs are of the jobs whose files lie on the machine"
