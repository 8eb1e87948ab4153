"""Write the page that the study is read from: claims first, then figures, settings, costs and troubles."""

from pathlib import Path

import yaml

from curvae import job, report, store

with job.start(snakemake.log[0], snakemake.threads):
    p, results, parts = snakemake.params, Path(snakemake.output.page).parent, []
    run = store.read_json(snakemake.input.run)
    jobs = report.jobs_of(report.read_benchmarks(results / "benchmarks"), p.jobs)
    for part in p.parts:
        figures = []
        for kind, name in part["figures"]:
            files = {end: f"figures/{kind}/{name}.{end}" for end in ("png", "pdf", "csv")}
            picture, caption = (results / files["png"]).read_bytes(), report.caption(p.captions[kind], name)
            figures.append(report.Figure(f"{kind.replace('_', ' ')}: {name}", picture, caption, files))
        own = report.jobs_of(jobs, part["jobs"])
        where = report.environment(run, part["name"])
        said = yaml.safe_dump(part["settings"], sort_keys=False, default_flow_style=None, width=110)
        parts.append(report.Part(part["name"], part["kind"], figures, said, own, where, part["links"]))
    places = {str(path.parent.relative_to(results)): path for path in map(Path, snakemake.input.manifests)}
    manifests = {name: store.read_json(path) for name, path in places.items()}
    page = report.page(
        store.read_table(snakemake.input.claims[0]) if snakemake.input.get("claims") else None,
        parts,
        report.costs(jobs),
        report.troubles(manifests, report.read_tables(results, snakemake.input)),
        report.about(run),
    )
    with store.atomic(snakemake.output.page) as part:
        part.write_text(page)
