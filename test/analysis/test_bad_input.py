"""What cannot be is refused before the run: what, where, what would be right; status 2."""

import subprocess

import pytest

from conftest import BUILD, ROOT

BAD = [
    (["--path=fast"], "payload-cache"),
    (["--profile=no-such-machine"], "no-such-machine"),
    (["--mtu=0"], "576 to 65535"),
    (["--mtu=70000"], "576 to 65535"),
    (["--cardRam=1000"], "1514"),
    (["--txRam=1000", "--rxRam=100000"], "1514"),
    (["--cardRam=100000", "--txRam=100000"], "--txRam"),
    (["--linkRate=-5Mbps"], "100Mbps"),
    (["--linkRate=0"], "100Mbps"),
    (["--linkRate=100"], "100Mbps"),
    (["--duration=-1"], "number from"),
    (["--duration=nan"], "number from"),
    (["--warmup=-0.1"], "number from"),
    (["--delay=5"], "50us"),
    (["--lossRate=1.5"], "from 0 to 1"),
    (["--lossRate=-0.1"], "from 0 to 1"),
    (["--duplicateRate=2"], "from 0 to 1"),
    (["--reorderRate=-1"], "from 0 to 1"),
    (["--corruptRate=nan"], "from 0 to 1"),
    (["--family=ipx"], "ipv4, ipv6"),
    (["--corruptRate=0.1", "--ns3::WireFaults::CorruptRate=0.2"], "set the same"),
    (["--ns3::WireFaults::DropDamaged=true"], "--path"),
    (["--ns3::PayloadCacheNetDevice::Checksums=false"], "--path=conventional"),
    (["--path=offload", "--ns3::PayloadCacheNetDevice::Checksums=false"], "--path=conventional"),
    (
        [
            "--path=conventional",
            "--ns3::PayloadCacheNetDevice::Checksums=false",
            "--ns3::PayloadCacheNetDevice::RxChecksum=true",
        ],
        "RxChecksum=false",
    ),
    (["--flows=0"], "from 1"),
    (["--writeSize=0"], "from 1"),
    (["--seed=0"], "from 1"),
    (["--bytes=1000", "--duration=1"], "--bytes"),
    (["--bytes=1000", "--warmup=1"], "--bytes"),
    (["--whenFull=panic"], "copy, wait, evict"),
    (["--ns3::PayloadCachePath::RxQuota=1000"], "RxQuota=1000: it has to hold a frame of 1536"),
    (["--wait=nap"], "auto, sleep, spin"),
    (["--ownCosts=copy"], "page_pin"),
    (["--appRead=maybe"], "on or off"),
    (["--data=bits"], "accounting, bytes"),
    (["--nonsense=1"], "--help"),
    (["--flows"], "--name=value"),
    (["flows=1"], "--name=value"),
    (["--flows=1", "--flows=2"], "twice"),
    (["--json="], "--json=FILE"),
    (["--json=/nonexistent/record.json"], "/nonexistent/record.json"),
    (["--pcap=/nonexistent/wire"], "/nonexistent/wire"),
    (["--ns3::NoSuchClass::Size=1"], "NoSuchClass"),
    (["--ns3::HostModel::NoSuchCost=1"], "NoSuchCost"),
    (["--ns3::HostModel::Frequency=fast"], "clock of a core"),
    (["--ns3::HostModel::Frequency=0x10"], "clock of a core"),
    (["--ns3::TcpSocket::DelAckTimeout=soon"], "DelAckTimeout"),
    (["--ns3::HostModel::Cores=-1"], "Cores"),
    (["--ns3::PayloadCachePath::Wait=Nap"], "Sleep or Spin"),
    (["--sndBuf=100"], "from 2048"),
    (["--sndBuf=30000", "--ns3::TcpSocket::SndBufSize=65536"], "set the same"),
    (["--ns3::PayloadCachePath::Wait=Sleep", "--wait=spin"], "set the same"),
    (["--ns3::PointToPointNetDevice::Mtu=100"], "576 to 65535"),
    (["--ns3::HostModel::SystemCall=1", "--ns3::HostModel::SystemCall=2"], "twice"),
    (["--ns3::PayloadCacheNetDevice::HoldBytes=true"], "--data"),
    (["--ns3::PointToPointNetDevice::InterframeGap=1us"], "--linkRate"),
    (["--placement=other"], "--cores=2"),  # the default machine has one core
    (["--profile=xeon-100g", "--llcMiss=-0.5"], "from 0 to 1, or -1"),
    (["--profile=xeon-100g", "--llcMiss=0.5", "--placement=remote"], "no effect"),
]


@pytest.mark.parametrize("options, said", BAD, ids=lambda value: " ".join(value))
def test_bad_options(refused, options, said):
    message = refused(*options)
    assert message.startswith("error: ")
    assert said in message


BAD_LINES = [
    ("ns3::HostModel::SystemCall 500", "Class::Attribute"),
    ('ns3::HostModel::SystemCall "500 cycles"', "source"),
    ('ns3::HostModel::SystemCall "500"  # chosen', "cycles"),
    ('ns3::HostModel::SystemCall "500 ns"  # chosen', "500 cycles"),
    ('ns3::HostModel::SystemCall "-500 cycles"  # chosen', "-500"),
    ('ns3::HostModel::SystemCall "\0500 cycles"  # chosen', "no value"),
    ('ns3::HostModel::SystemCol "500 cycles"  # chosen', "SystemCol"),
    ('ns3::TcpSocketBase::Timestamp "false"  # chosen', "ns3::HostModel"),
    ('ns3::TcpSocket::SegmentSize "500"  # chosen', "SndBufSize"),
    ('ns3::HostModel::BusKind "Isa"  # chosen', "Isa"),
    ('ns3::HostModel::Cores "1 cores"  # chosen', "twice"),
    ('ns3::HostModel::SystemCall ""  # chosen', "cycles"),
    ('ns3::HostModel::BusKind ""  # chosen', "BusKind"),
    ('ns3::PointToPointNetDevice::DataRate "fast"  # chosen', "DataRate"),
    ('ns3::PointToPointNetDevice::DataRate "10bps"  # chosen', "1000bps"),
    ('ns3::PointToPointNetDevice::Mtu "1500"  # chosen', "1500 B"),
    ('ns3::PointToPointNetDevice::Mtu "500 B"  # chosen', "576"),
    ('ns3::PointToPointNetDevice::InterframeGap "1us"  # chosen', "DataRate and Mtu"),
]


@pytest.mark.parametrize("line, said", BAD_LINES)
def test_bad_profile_lines(refused, tmp_path, line, said):
    profile = tmp_path / "machine.txt"
    profile.write_text(f'# a machine\nns3::HostModel::Cores "1 cores"  # chosen\n{line}\n')
    message = refused(f"--profile={profile}")
    assert f"{profile}:3: " in message
    assert said in message


def test_a_profile_with_a_cost_missing(refused, tmp_path):
    shipped = (ROOT / "profiles" / "piii750-starfire-2001.txt").read_text().splitlines()
    lines = [line for line in shipped if not line.startswith("ns3::HostModel::CopyCold ")]
    profile = tmp_path / "machine.txt"
    profile.write_text("\n".join(lines) + "\n")
    message = refused(f"--profile={profile}")
    assert f"{profile}:{len(lines) + 1}: ns3::HostModel::CopyCold is missing" in message
    assert "cycles/byte" in message


BASE = 'Include "base.txt"  # why'
CORES = 'ns3::HostModel::Cores "1 cores"  # chosen'


@pytest.mark.parametrize(
    "own, other, said",
    [
        ('Include "base.txt"', "", "mine.txt:1: the line reads: Include"),
        ("Include base.txt  # why", "", "mine.txt:1: the line reads: Include"),
        ('Include ""  # why', "", "mine.txt:1: the line reads: Include"),
        ('Include "none.txt"  # why', "", "none.txt: cannot be read"),
        (f"{CORES}\n{BASE}", "", "mine.txt:2: Include is"),
        (f"{BASE}\n{BASE}", "", "mine.txt:2: Include is"),
        (BASE, 'Include "mine.txt"  # why', "base.txt:1: a profile that is"),
        (BASE, 'ns3::HostModel::Cores "1"  # x', "base.txt:1: ns3::HostModel"),
        (BASE, 'ns3::HostModel::Poll "1 cycles"  # x', "mine.txt:2: ns3"),
        ('Include "folder"  # why', "", "folder: cannot be read as a file"),
    ],
)
def test_bad_includes(refused, tmp_path, own, other, said):
    (tmp_path / "base.txt").write_text(f"{other}\n")
    (tmp_path / "mine.txt").write_text(f"{own}\n")
    (tmp_path / "folder").mkdir()
    message = refused(f"--profile={tmp_path / 'mine.txt'}")
    assert f"{tmp_path}/{said}" in message


def test_a_folder_is_no_profile(refused, tmp_path):
    assert f"{tmp_path}: cannot be read as a file" in refused(f"--profile={tmp_path}")


def test_a_profile_that_includes_another(bulk, tmp_path):
    (tmp_path / "base.txt").write_text(
        'ns3::HostModel::Frequency "1e9 Hz"  # x\nns3::HostModel::Cores "2 cores"  # x\n'
    )
    (tmp_path / "mine.txt").write_text(
        '# like it\n\nInclude "base.txt"  # the same\nns3::HostModel::Frequency "2e9 Hz"  # x\n'
    )
    record = bulk(f"--profile={tmp_path / 'mine.txt'}", "--duration=0.01")
    assert record["parameters"]["sender.HostModel.Frequency"] == "2e+09"
    assert record["parameters"]["sender.HostModel.Cores"] == "2"


def test_profiles_given_to_no_effect(refused):
    message = refused("--profile=ideal", "--senderProfile=ideal", "--receiverProfile=ideal")
    assert "--profile" in message


def test_a_profile_of_ones_own(bulk, tmp_path):
    profile = tmp_path / "machine.txt"
    profile.write_text('ns3::HostModel::Frequency "2e9 Hz"  # chosen: a test\n')
    record = bulk(f"--profile={profile}", "--duration=0.01")
    assert record["parameters"]["sender.HostModel.Frequency"] == "2e+09"


BAD_BUS = [
    (["--kind=isa"], "pci, pcix or pcie"),
    (["--kind=pci", "--mps=256"], "--kind=pcie"),
    (["--width=32"], "--kind=pci"),
    (["--lanes=3"], "1, 2, 4, 8 or 16"),
    (["--mps=300"], "256"),
    (["--gen=6"], "from 1 to 5"),
    (["--clock=50", "--kind=pci"], "33, 66 or 133"),
    (["--latency=fast"], "number"),
    (["--latency=550+0.29"], "A+B/byte"),
    (["--outstanding=4"], "--latency"),
    (["--window=4096"], "--iommu"),
    (["--iommu"], "--walk"),
    (["--sizes=64,,128"], "commas"),
    (["--sizes=0"], "from 1"),
    (["--gen=3", "--gen=4"], "twice"),
    (["--speed=9"], "--help"),
    (["--csv=yes"], "stands alone"),
]


@pytest.mark.parametrize("options, said", BAD_BUS, ids=lambda value: " ".join(value))
def test_bad_bus_options(options, said):
    done = subprocess.run(
        [str(BUILD / "bin" / "pcache-bus"), *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr


BAD_SLOW_READER = [
    ([], "--readPause, --readRate and --readDelay"),
    (["--readPause=5ms", "--readDelay=5ms"], "--readPause, --readRate and --readDelay"),
    (["--readPause=5"], "50us"),
    (["--readPause=-5ms"], "50us"),
    (["--readPause=0s"], "above 0"),
    (["--readDelay=0us"], "above 0"),
    (["--readDelay=101s"], "at most 100"),
    (["--readRate=0"], "at least 1000bps"),
    (["--readRate=fast"], "at least 1000bps"),
    (["--readRate=1kbps"], "at most 100"),
    (["--readPause=5ms", "--slow=3"], "2 flows"),
    (["--readPause=5ms", "--slow=0"], "from 1"),
    (["--readPause=5ms", "--ns3::PatternSink::ReadPause=5ms"], "--readPause"),
    (["--readPause=5ms", "--delay=1s"], "two round trips"),
    (["--readPause=5ms", "--bytes=1000"], "--help"),
]


@pytest.mark.parametrize("options, said", BAD_SLOW_READER, ids=lambda value: " ".join(value))
def test_bad_slow_reader_options(refused, options, said):
    assert said in refused(*options, program="slow-reader")


BAD_LOSSY_WAN = [
    (["--delay=5"], "50us"),
    (["--delay=20s", "--linkRate=1Gbps"], "--sndBuf and --rcvBuf"),
    (["--delay=20s", "--sndBuf=1000000", "--rcvBuf=1000000"], "two round trips"),
    (["--sndBuf=0"], "from 2048"),
    (["--lossRate=2"], "from 0 to 1"),
    (["--bytes=1000"], "--help"),
    (["--path=stock", "--sndBuf=30000", "--writeSize=30001"], "refuses such a write for ever"),
]


@pytest.mark.parametrize("options, said", BAD_LOSSY_WAN, ids=lambda value: " ".join(value))
def test_bad_lossy_wan_options(refused, options, said):
    assert said in refused(*options, program="lossy-wan")
