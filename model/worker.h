#ifndef WORKER_H
#define WORKER_H

#include "pc-host-cpu.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * Who does work: on which core, in which class, and in whose time.
 */
struct Worker
{
    unsigned core{0};                      //!< the core
    pc_cpu_class jobClass{PC_CPU_PROCESS}; //!< interrupt or process
    uint32_t owner{0};                     //!< the process or kernel thread; 0: nobody's
};

} // namespace ns3

#endif
