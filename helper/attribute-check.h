#ifndef ATTRIBUTE_CHECK_H
#define ATTRIBUTE_CHECK_H

#include "ns3/type-id.h"

#include <string>

namespace ns3
{

/**
 * \ingroup payload-cache
 * Tells whether a text is a value of an attribute. ns-3 itself stops the program over a text that
 * is malformed, so it is asked only about texts that are not, or in a process of its own.
 * \param info the attribute
 * \param text the text
 */
bool IsAttributeValue(const TypeId::AttributeInformation& info, const std::string& text);

} // namespace ns3

#endif
