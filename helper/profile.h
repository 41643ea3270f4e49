#ifndef PROFILE_H
#define PROFILE_H

#include "ns3/object-base.h"

#include <set>
#include <string>
#include <vector>

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * A machine as a text file. Each line gives one attribute a value with its unit, and says where
 * the value comes from:
 *
 * \verbatim
 * ns3::HostModel::Frequency "750e6 Hz"  # measured: the machine's clock
 * \endverbatim
 *
 * The first line may take over another profile, which takes over none itself; the lines below then
 * replace its values:
 *
 * \verbatim
 * Include "xeon-100g.txt"  # the same machine; a path from this file's folder
 * \endverbatim
 *
 * The unit is the one in brackets at the end of the attribute's help; attributes without a unit
 * ([kind], [bool], [policy], [list]) take the value alone. Empty lines and lines that begin with #
 * are comments.
 *
 * A profile that gives any of the host's costs gives all of them: one that is missing would be
 * free, and nobody would see it.
 *
 * The card's link (ns3::PointToPointNetDevice::DataRate and Mtu) is for who makes the link; Apply()
 * leaves existing links alone.
 */
class Profile
{
  public:
    /** One line. */
    struct Entry
    {
        std::string type;      //!< "ns3::HostModel"
        std::string attribute; //!< "Frequency"
        std::string value;     //!< as ns-3 reads it
    };

    /**
     * Reads a file.
     * \param file its path
     * \param[out] error what is wrong, where, and what would be right
     * \return false if something is wrong
     */
    bool Read(const std::string& file, std::string& error);

    /**
     * Sets the attributes that belong to an object.
     * \param object the object
     * \param keep "Class::Attribute" that are left as they are
     */
    void Apply(ObjectBase& object, const std::set<std::string>& keep) const;

    /**
     * Looks a value up.
     * \param name "Class::Attribute"
     * \return its text as ns-3 reads it; empty if the profile does not give it
     */
    std::string Find(const std::string& name) const;

  private:
    /** What is known of a file while it is read. */
    struct Source
    {
        std::string file;             //!< its path
        bool included;                //!< by another
        int line{0};                  //!< the number of the line that was read last
        bool begun{false};            //!< a line that says something was read
        std::set<std::string> seen{}; //!< "Class::Attribute" that it gives
    };

    /** Reads a file's lines. \return what is wrong, with file and line; empty if nothing is */
    std::string ReadLines(Source& source);
    /** Takes one line, an include or an entry. \return as ReadLines() */
    std::string TakeLine(Source& source, const std::string& line);
    /** Reads the file that a line includes. \return as ReadLines() */
    std::string Include(const Source& source, const std::string& line);
    /** Reads one line into an entry. \return what is wrong; empty if nothing is */
    std::string ParseLine(const std::string& line, Entry& entry) const;
    /** Adds an entry, in the place of one that the included profile has. */
    void Put(const Entry& entry);
    /** \return what is missing, and what it would be; empty if nothing is */
    std::string FindMissing() const;

    std::vector<Entry> m_entries; //!< in the file's order
};

} // namespace ns3

#endif
