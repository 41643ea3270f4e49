"""Variants of ns-3's own tests: what is substituted, and what is left alone."""

import pytest

from analysis import ns3_tests
from analysis.errors import UserError


@pytest.mark.parametrize(
    "line, variant",
    [
        ("class A : public ns3::TcpSocketBase", "class A : public ns3::PayloadCacheTcpSocket"),
        ("        : TcpSocketBase(other)", "        : PayloadCacheTcpSocket(other)"),
        ("    TcpSocketBase::ReTxTimeout();", "    PayloadCacheTcpSocket::ReTxTimeout();"),
        (
            "TypeId tid = TcpSocketFactory::GetTypeId();",
            "TypeId tid = PayloadCacheTcpSocketFactory::GetTypeId();",
        ),
        (
            "Socket::CreateSocket(nodes.Get(0), tid);",
            "Socket::CreateSocket(OurNode(nodes.Get(0)), tid);",
        ),
        ("i = ipv4.Assign(net);", "i = ipv4.Assign(OverCards(net));"),
        (
            "ipv4->AddInterface(dev);",
            "ipv4->AddInterface(OverCards(NetDeviceContainer(dev)).Get(0));",
        ),
        ("senderDev->SetMtu(m_mtu);", "senderDev->SetMtu(m_mtu + LONGEST_HEADERS);"),
        (': TestSuite("tcp-close", UNIT)', ': TestSuite("over-payload-cache-tcp-close", UNIT)'),
    ],
)
def test_what_is_substituted(line, variant):
    assert ns3_tests.vary(f"#include <a>\n{line}\n").splitlines()[-1] == variant


@pytest.mark.parametrize(
    "line",
    [
        "Ptr<TcpSocketBase> Fork() override;",
        'Config::SetDefault("ns3::TcpSocketBase::Sack", BooleanValue(false));',
        "typedef Callback<void, Ptr<const TcpSocketBase>> AckCb;",
        " * This subclass is born to extend TcpSocketBase, inserting callbacks",
    ],
)
def test_what_is_left_alone(line):
    assert ns3_tests.vary(f"#include <a>\n{line}\n").splitlines()[-1] == line


def test_an_error_model_that_reads_headers_leaves_the_packet_as_it_is():
    model = "#include <a>\nTcpGeneralErrorModel::DoCorrupt(Ptr<Packet> p)\n{\n    Read(p);\n}\n"
    assert ns3_tests.vary(model).endswith(
        "DoCorrupt(Ptr<Packet> original)\n{\n"
        "    Ptr<Packet> p = original->Copy();\n    Read(p);\n}\n"
    )


def test_suites_with_recorded_packets_are_told_apart():
    suite = '#include <a>\nSetDataDir("response-vectors");\n: TestSuite("ns3-tcp-loss")\n'
    assert ': TestSuite("recorded-over-payload-cache-ns3-tcp-loss")' in ns3_tests.vary(suite)


def test_a_tree_without_the_tests(tmp_path):
    with pytest.raises(UserError, match="tcp-error-model.cc: missing"):
        ns3_tests.write_variants(tmp_path, tmp_path / "variants")


def test_what_has_not_changed_is_not_written(tmp_path):
    file = tmp_path / "a"
    ns3_tests.write_if_new(file, "text")
    before = file.stat().st_mtime_ns
    ns3_tests.write_if_new(file, "text")
    assert file.stat().st_mtime_ns == before
    ns3_tests.write_if_new(file, "other")
    assert file.read_text() == "other"
