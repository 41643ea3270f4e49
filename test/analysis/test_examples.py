"""The stock scenario with four lines changed."""

import re
import subprocess

from conftest import BUILD


def test_routed_network(tmp_path):
    done = subprocess.run(
        [str(BUILD / "bin" / "routed-network"), f"--pcap={tmp_path / 'wire'}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "bytes read by the sinks: 2000000 and 2000000" in done.stdout
    flows = re.findall(r"^ +\d+ +(\d+) +(\d+) +\d", done.stdout, re.MULTILINE)
    assert len(flows) == 4  # two each way
    assert all(int(sent) - int(received) <= 4 for sent, received in flows)  # queue-disc drops
    fetched = int(re.search(r"forward them: (\d+)", done.stdout)[1])
    assert fetched >= 2 * 2 * 2000000 // 536  # by both routers, of both flows
    captures = sorted(tmp_path.glob("wire-*.pcap"))
    assert len(captures) == 10
    assert all(capture.stat().st_size > 1000 for capture in captures)
