#ifndef FILES_H
#define FILES_H

#include "ns3/net-device-container.h"

#include <filesystem>
#include <string>

namespace scenario
{

/** \return what a file's name leads to: where it is a link, the file it names, there or not yet */
std::filesystem::path LinkTarget(const std::string& file);

/**
 * \return true if a file can be written there: it is a regular file or a link to one, or does not
 * exist yet. Nothing is left behind.
 */
bool CanWrite(const std::string& file);

/** Ends the program with status 2 if a file cannot be written. */
void CheckWritable(const std::string& file);

/** CheckWritable() for what EnablePcap() makes of devices. */
void CheckCaptures(const std::string& prefix, ns3::NetDeviceContainer wires);

} // namespace scenario

#endif
