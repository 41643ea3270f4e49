"""ns-3's own TCP tests over our socket: variants of its sources, made by substitutions.

ns-3's suites of TCP make their sockets in a few ways, and each has an expression here that puts ours
in its place; what a test then does and expects stays as it is. Nodes with devices get cards around
them, on the payload cache, on hosts that cost nothing; in bytes mode where ns-3's environment
variable NS_ATTRIBUTE_DEFAULT says so (BYTES_MODE). The variants are written into the ns-3 tree; no
source of ns-3 is part of this project.
"""

from __future__ import annotations

import re
from pathlib import Path

from analysis.errors import UserError

PREFIX = "over-payload-cache-"  # of the variants' suites
RECORDED = f"recorded-{PREFIX}"  # ... which compare packets with recorded ones, without checksums
BYTES_MODE = {"NS_ATTRIBUTE_DEFAULT": "ns3::PayloadCacheNetDevice::HoldBytes=true"}
CHECKSUMS = {"NS_GLOBAL_VALUE": "ChecksumEnabled=true"}

# Suites of ns-3's that make sockets. Those of congestion and recovery algorithms, headers, options
# and buffers test these alone.
SOURCES = (
    "src/internet/test/tcp-advertised-window-test.cc",
    "src/internet/test/tcp-bytes-in-flight-test.cc",
    "src/internet/test/tcp-close-test.cc",
    "src/internet/test/tcp-cong-avoid-test.cc",
    "src/internet/test/tcp-datasentcb-test.cc",
    "src/internet/test/tcp-dctcp-test.cc",
    "src/internet/test/tcp-ecn-test.cc",
    "src/internet/test/tcp-endpoint-bug2211.cc",
    "src/internet/test/tcp-fast-retr-test.cc",
    "src/internet/test/tcp-linux-reno-test.cc",
    "src/internet/test/tcp-loss-test.cc",
    "src/internet/test/tcp-pacing-test.cc",
    "src/internet/test/tcp-pkts-acked-test.cc",
    "src/internet/test/tcp-rate-ops-test.cc",
    "src/internet/test/tcp-rto-test.cc",
    "src/internet/test/tcp-rtt-estimation.cc",
    "src/internet/test/tcp-sack-permitted-test.cc",
    "src/internet/test/tcp-slow-start-test.cc",
    "src/internet/test/tcp-syn-connection-failed-test.cc",
    "src/internet/test/tcp-test.cc",
    "src/internet/test/tcp-timestamp-test.cc",
    "src/internet/test/tcp-wscaling-test.cc",
    "src/internet/test/tcp-zero-window-test.cc",
    "src/test/ns3tcp/ns3tcp-loss-test-suite.cc",
    "src/test/ns3tcp/ns3tcp-no-delay-test-suite.cc",
    "src/test/ns3tcp/ns3tcp-socket-test-suite.cc",
    "src/test/ns3tcp/ns3tcp-state-test-suite.cc",
    "src/applications/test/bulk-send-application-test-suite.cc",
)
# What they share
SUPPORT = (
    "src/internet/test/tcp-error-model.cc",
    "src/internet/test/tcp-error-model.h",
    "src/internet/test/tcp-general-test.cc",
    "src/internet/test/tcp-general-test.h",
    "src/test/ns3tcp/ns3tcp-socket-writer.cc",
    "src/test/ns3tcp/ns3tcp-socket-writer.h",
)

PRELUDE = """\
#ifndef OVER_PAYLOAD_CACHE_H
#define OVER_PAYLOAD_CACHE_H

#include "payload-cache-helper.h"
#include "payload-cache-tcp-socket-factory.h"
#include "payload-cache-tcp-socket.h"

#include "ns3/net-device-container.h"
#include "ns3/node.h"

namespace ns3
{

constexpr uint16_t LONGEST_HEADERS = 20 + 60; //!< IPv4's, TCP's with all options (RFC 791, 9293)

/** A node that has our sockets' factory. */
inline Ptr<Node>
OurNode(Ptr<Node> node)
{
    if (!node->GetObject<PayloadCacheTcpSocketFactory>())
    {
        node->AggregateObject(CreateObject<PayloadCacheTcpSocketFactory>());
    }
    return node;
}

/** Cards around devices, made once: addresses and queue discs go to these. */
inline NetDeviceContainer
OverCards(NetDeviceContainer wires)
{
    NetDeviceContainer cards;
    for (auto wire = wires.Begin(); wire != wires.End(); ++wire)
    {
        Ptr<Node> node = (*wire)->GetNode();
        for (uint32_t i = 0; i < node->GetNDevices(); i++)
        {
            auto card = DynamicCast<PayloadCacheNetDevice>(node->GetDevice(i));
            if (card && card->GetWire() == *wire)
            {
                cards.Add(card);
            }
        }
    }
    if (cards.GetN() > 0)
    {
        return cards;
    }
    PayloadCacheHelper helper;
    helper.SetPath("payload-cache");
    return helper.Install(wires);
}

} // namespace ns3

#endif
"""

SUBSTITUTIONS = (
    # the sockets that tests derive from ns-3's, to look on, derive from ours
    (r"public ns3::TcpSocketBase\b", "public ns3::PayloadCacheTcpSocket"),
    (r": TcpSocketBase\(", ": PayloadCacheTcpSocket("),
    (r"SetParent<TcpSocketBase>", "SetParent<PayloadCacheTcpSocket>"),
    (r"^(\s+)TcpSocketBase::(\w+\()", r"\1PayloadCacheTcpSocket::\2"),
    # the factory, asked for in three ways
    (r'"ns3::TcpSocketFactory"', '"ns3::PayloadCacheTcpSocketFactory"'),
    (r"\bTcpSocketFactory::GetTypeId", "PayloadCacheTcpSocketFactory::GetTypeId"),
    (
        r"(\w+)->GetObject<TcpSocketFactory>",
        r"OurNode(\1)->GetObject<PayloadCacheTcpSocketFactory>",
    ),
    (r"Socket::CreateSocket\(([\w.()]+), ", r"Socket::CreateSocket(OurNode(\1), "),
    # cards
    (r"\.Assign\((\w+)\)", r".Assign(OverCards(\1))"),
    (r"\btch\.Install\((\w+)\)", r"tch.Install(OverCards(\1))"),
    (
        r"->AddInterface\((\w+)\)",
        r"->AddInterface(OverCards(NetDeviceContainer(\1)).Get(0))",
    ),
    # ours makes segments fit the MTU, where ns-3 has IP cut them: here the MTU has room for headers
    (r"->SetMtu\(m_mtu\)", "->SetMtu(m_mtu + LONGEST_HEADERS)"),
    # an error model that looks at headers would write them anew, without checksums
    (
        r"(TcpGeneralErrorModel::DoCorrupt\(Ptr<Packet> )p\)\n\{",
        r"\1original)\n{\n    Ptr<Packet> p = original->Copy();",
    ),
    # names of their own: test-runner has those of src/test in any case
    (r"\bNs3(?=(Tcp|Socket)[A-Z])", "OverNs3"),
    (r"\bSocketWriter\b", "OverSocketWriter"),
)


def write_variants(tree: Path, folder: Path) -> list[str]:
    """Writes the variants of the suites of the ns-3 tree `tree` into `folder`.

    Returns the names of their suites, with their prefix: PREFIX or RECORDED.
    Raises UserError if a source is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_if_new(folder / "over-payload-cache.h", PRELUDE)
    names: list[str] = []
    for place in SUPPORT + SOURCES:
        source = tree / place
        if not source.is_file():
            raise UserError(f"{source}: missing; it is one of ns-3's own tests")
        variant = vary(source.read_text())
        write_if_new(folder / source.name, variant)
        names += re.findall(rf'"((?:{RECORDED}|{PREFIX})[\w-]+)"', variant)
    return names


def vary(text: str) -> str:
    """The text of a source over our sockets and cards."""
    prefix = RECORDED if "response-vectors" in text else PREFIX
    text = text.replace(': TestSuite("', f': TestSuite("{prefix}')
    for old, new in SUBSTITUTIONS:
        text = re.sub(old, new, text, flags=re.MULTILINE)
    include = '#include "over-payload-cache.h"\n'
    first = text.index("#include")
    return text[:first] + include + text[first:]


def write_if_new(file: Path, text: str) -> None:
    """Writes a file, unless it says that already: then nothing is built anew."""
    if not file.is_file() or file.read_text() != text:
        file.write_text(text)
