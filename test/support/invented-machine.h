#ifndef INVENTED_MACHINE_H
#define INVENTED_MACHINE_H

#include "payload-cache-helper.h"
#include "payload-cache-net-device.h"
#include "pc-cost-model.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/net-device-container.h"
#include "ns3/string.h"

#include <string>
#include <vector>

namespace ns3
{

/**
 * \ingroup payload-cache-tests
 * An invented machine, on which every step takes time: each line of the costs is something, sockets
 * are locked, and DMA goes over a bus.
 * \param path the data path of its cards
 * \param cycles what a line costs
 * \param cyclesPerByte what a line by the byte costs
 */
inline PayloadCacheHelper
InventedMachine(const std::string& path, double cycles = 400, double cyclesPerByte = 2)
{
    PayloadCacheHelper helper;
    helper.SetPath(path);
    for (int line = 0; line < PC_COST_COUNT; line++)
    {
        const pc_cost_info* info = pc_cost_describe(static_cast<pc_cost_line>(line));
        bool perByte = std::string(info->unit) == "cycles/byte";
        helper.SetHostAttribute(info->name, DoubleValue(perByte ? cyclesPerByte : cycles));
    }
    helper.SetHostAttribute("SocketLock", BooleanValue(true));
    helper.SetHostAttribute("BusKind", StringValue("Pci"));
    return helper;
}

/** \ingroup payload-cache-tests \return the cards of a helper */
inline std::vector<Ptr<PayloadCacheNetDevice>>
CardsOf(const NetDeviceContainer& devices)
{
    std::vector<Ptr<PayloadCacheNetDevice>> cards;
    for (uint32_t i = 0; i < devices.GetN(); i++)
    {
        cards.push_back(DynamicCast<PayloadCacheNetDevice>(devices.Get(i)));
    }
    return cards;
}

} // namespace ns3

#endif
