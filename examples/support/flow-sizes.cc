#include "flow-sizes.h"

#include "options.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

namespace scenario
{

namespace
{

/// The largest flow, bytes: as of --bytes.
constexpr uint64_t LARGEST = UINT64_C(1000000000000);

/** \return the file of a distribution, by name or path */
std::string
FindSizes(const std::string& name)
{
    std::string shipped = std::string(PCACHE_SIZES) + "/" + name + ".txt";
    for (const std::string& file : {shipped, name})
    {
        if (std::ifstream(file).good())
        {
            return file;
        }
    }
    Fail("--sizes=" + name + ": neither a name in sizes/ nor a file");
}

/** \return the mean of the whole numbers above \p a up to \p b, none counted as more than \p most */
double
MeanBetween(double a, double b, double most)
{
    double end = std::clamp(most, a, b);
    return a == b ? std::min(a, most)
                  : ((end - a) * (a + 1 + end) / 2 + (b - end) * most) / (b - a);
}

} // namespace

void
FlowSizes::Read(const std::string& name, uint64_t largest)
{
    m_largest = largest;
    std::string file = FindSizes(name);
    std::ifstream stream(file);
    std::string line;
    int number = 0;
    while (std::getline(stream, line))
    {
        number++;
        line = line.substr(0, line.find('#'));
        if (line.find_first_not_of(" \t\r") == std::string::npos)
        {
            continue;
        }
        std::string wrong = AddLine(line);
        if (!wrong.empty())
        {
            Fail(file + ":" + std::to_string(number) + ": " + wrong);
        }
    }
    if (m_points.empty() || m_points.back().probability != 1)
    {
        Fail(file + ":" + std::to_string(number) +
             ": the last line has to have the largest size and the probability 1");
    }
}

std::string
FlowSizes::AddLine(const std::string& line)
{
    std::istringstream stream(line);
    std::string size;
    double probability;
    std::string more;
    bool two = stream >> size >> probability && !(stream >> more);
    bool whole = size.size() <= 13 && std::all_of(size.begin(), size.end(), [](unsigned char c) {
        return std::isdigit(c);
    });
    if (!two || !whole || std::stoull(size) > LARGEST)
    {
        return "a line reads \"bytes probability\": a whole number up to " +
               std::to_string(LARGEST) + ", and the share of flows of at most that size";
    }
    Point point{std::stoull(size), probability};
    Point before = m_points.empty() ? Point{0, 0} : m_points.back();
    if (!(point.probability >= before.probability && point.probability <= 1) ||
        point.bytes < before.bytes)
    {
        return "neither column may fall from line to line, and probabilities go from 0 to 1";
    }
    if (point.bytes == 0 && point.probability > 0)
    {
        return "a flow has at least 1 byte: the probability of 0 bytes has to be 0";
    }
    m_points.push_back(point);
    return "";
}

uint64_t
FlowSizes::Draw(double evenly) const
{
    auto above = std::upper_bound(m_points.begin(),
                                  m_points.end() - 1,
                                  evenly,
                                  [](double at, const Point& p) { return at < p.probability; });
    uint64_t size = above->bytes;
    if (above != m_points.begin())
    {
        const Point& below = *std::prev(above);
        double part = (evenly - below.probability) / (above->probability - below.probability);
        auto over = static_cast<uint64_t>(part * (above->bytes - below.bytes));
        size = std::min(below.bytes + over + 1, above->bytes);
    }
    return std::min(size, m_largest);
}

double
FlowSizes::GetMean() const
{
    double most = m_largest;
    double mean = m_points.front().probability * std::min<double>(m_points.front().bytes, most);
    for (std::size_t i = 1; i < m_points.size(); i++)
    {
        double share = m_points[i].probability - m_points[i - 1].probability;
        mean += share * MeanBetween(m_points[i - 1].bytes, m_points[i].bytes, most);
    }
    return mean;
}

} // namespace scenario
