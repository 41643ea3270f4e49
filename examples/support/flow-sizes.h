#ifndef FLOW_SIZES_H
#define FLOW_SIZES_H

#include <cstdint>
#include <string>
#include <vector>

namespace scenario
{

/**
 * A distribution of flow sizes, from a file of lines "bytes cumulative-probability" with straight
 * lines between them: of the flows between two points, each whole number of bytes above the lower
 * one, up to the upper one, is as likely as any other. What lies below the first probability has
 * the first size. `#` begins a comment.
 */
class FlowSizes
{
  public:
    /**
     * Reads a file; refuses one that is not right, with the line and what would be right.
     * \param name a name in sizes/, or a file
     * \param largest larger flows are taken as this large, bytes
     */
    void Read(const std::string& name, uint64_t largest);

    /** \return the size for a number that is drawn evenly from [0, 1), bytes */
    uint64_t Draw(double evenly) const;
    /** \return the mean, by its closed form, bytes */
    double GetMean() const;

  private:
    /** A point of the distribution. */
    struct Point
    {
        uint64_t bytes;     //!< a size
        double probability; //!< of at most that size
    };

    /** Adds a line of the file. \return what is wrong with it, or nothing */
    std::string AddLine(const std::string& line);

    std::vector<Point> m_points; //!< by size
    uint64_t m_largest{0};       //!< of a flow, bytes
};

} // namespace scenario

#endif
