// Runs random scenarios and checks what must always hold. One line of JSON a scenario on standard
// output; status 0 if all held, 1 if something did not, 2 for bad input.

#include "draw.h"
#include "invariants.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <execinfo.h>
#include <fstream>
#include <iostream>
#include <sstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace randomtest;

namespace
{

constexpr rlim_t MOST_CPU_SECONDS = 15; // chosen: the longest take two

constexpr std::size_t MOST_ERRORS = 6000; // chosen: characters of what a run says as it dies

const char* const USAGE = R"(usage: random-scenario --seed=FIRST [--count=COUNT] [--describe]
       random-scenario --file=FILE [--describe]

Draws the scenarios of seeds, or reads one from a file (- for standard input), runs each in a
process of its own and checks what must hold after it. Prints a line of JSON for each.

  --seed=FIRST     the first seed
  --count=COUNT    how many seeds from there (1)
  --file=FILE      a scenario, as --describe prints it; what is left out has its default
  --describe       print the scenarios, and run nothing
  --here           run in this process, without comparisons: for debuggers
)";

/** What became of the process of a run. */
struct Outcome
{
    Json json;           //!< what it told; null if it did not come to its end
    std::string trouble; //!< why not
};

/** Says what is wrong with the command line or a file, and ends the program. */
[[noreturn]] void
Fail(const std::string& message)
{
    std::cerr << "error: " << message << "\n";
    std::exit(2);
}

/** \return what a run tells: its record, and what did not hold */
Json
RunHere(const Description& description, Variant variant)
{
    Json json;
    World world(description, variant);
    world.Run();
    for (const Violation& v : CheckInvariants(world))
    {
        json["violations"].push_back(
            {{"invariant", v.invariant}, {"where", v.where}, {"what", v.what}});
    }
    json["record"] = MakeRecord(world);
    json["digest"] = world.GetDigest().GetValue();
    return json;
}

/** Reads all that comes from a file descriptor. */
std::string
ReadAll(int from)
{
    std::string text;
    char buffer[65536];
    for (ssize_t n; (n = read(from, buffer, sizeof(buffer))) > 0;)
    {
        text.append(buffer, n);
    }
    return text;
}

/** Writes all of a text. */
bool
WriteAll(int to, const std::string& text)
{
    for (std::size_t done = 0; done < text.size();)
    {
        ssize_t n = write(to, text.data() + done, text.size() - done);
        if (n <= 0)
        {
            return false;
        }
        done += n;
    }
    return true;
}

/** A run crashes: who called whom goes to the errors, and the signal its way. */
void
TellCallers(int signal)
{
    void* callers[64];
    backtrace_symbols_fd(callers, backtrace(callers, std::size(callers)), STDERR_FILENO);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

/** \return true if ns-3's own TCP has crashed, which is not ours to mend */
bool
IsStockCrash(const std::string& trouble)
{
    // found under losses, with stock sockets alone; doc/modern-host.md
    bool skbSent = trouble.find("TcpRateLinux7SkbSent") != std::string::npos &&
                   trouble.find("PayloadCacheTcpSocket") == std::string::npos;
    // TcpBbr is initialised by the ACK that ends the handshake. If that is lost and the peer's FIN
    // comes in its place, it paces at 0 b/s, and ns-3 divides by that.
    bool pacing = trouble.find("DataRate19CalculateBitsTxTime") != std::string::npos;
    return skbSent || pacing;
}

/** The process of a run. */
[[noreturn]] void
BeChild(const Description& description, Variant variant, int result, int errors)
{
    dup2(errors, STDERR_FILENO);
    dup2(errors, STDOUT_FILENO);
    std::signal(SIGSEGV, TellCallers);
    std::signal(SIGFPE, TellCallers);
    rlimit limit{MOST_CPU_SECONDS, MOST_CPU_SECONDS};
    setrlimit(RLIMIT_CPU, &limit);
    std::string text = RunHere(description, variant).dump(); // and everything is taken down
    _exit(WriteAll(result, text) ? 0 : 1);
}

/** \return what a run has said of its errors, its begin */
std::string
ErrorsOf(std::FILE* errors)
{
    std::fflush(errors);
    lseek(fileno(errors), 0, SEEK_SET);
    std::string text = ReadAll(fileno(errors));
    return text.substr(0, MOST_ERRORS);
}

/** \return what became of a process, in words; empty if it ended well */
std::string
Explain(int status)
{
    if (WIFSIGNALED(status))
    {
        int signal = WTERMSIG(status);
        return signal == SIGXCPU || signal == SIGKILL
                   ? "more than " + std::to_string(MOST_CPU_SECONDS) + " s of CPU time"
                   : std::string(strsignal(signal));
    }
    return WEXITSTATUS(status) == 0 ? "" : "exit status " + std::to_string(WEXITSTATUS(status));
}

/** Runs a scenario in a process of its own, so that a crash ends that one alone. */
Outcome
RunApart(const Description& description, Variant variant)
{
    int channel[2];
    std::FILE* errors = std::tmpfile();
    if (pipe(channel) != 0 || !errors)
    {
        Fail("no pipe or temporary file");
    }
    pid_t child = fork();
    if (child < 0)
    {
        Fail("no process");
    }
    if (child == 0)
    {
        close(channel[0]);
        BeChild(description, variant, channel[1], fileno(errors));
    }
    close(channel[1]);
    std::string text = ReadAll(channel[0]);
    close(channel[0]);
    int status = 0;
    waitpid(child, &status, 0);
    Outcome outcome;
    outcome.trouble = Explain(status);
    if (outcome.trouble.empty())
    {
        outcome.json = Json::parse(text);
    }
    else
    {
        outcome.trouble += ": " + ErrorsOf(errors);
    }
    std::fclose(errors);
    return outcome;
}

/** Adds a violation to a result. */
void
Add(Json& result, const Violation& v)
{
    result["violations"].push_back(
        {{"invariant", v.invariant}, {"where", v.where}, {"what", v.what}});
}

/** \return the sum of a count over a record's hosts */
uint64_t
SumCount(const Json& record, const char* name)
{
    uint64_t sum = 0;
    if (record.contains("hosts"))
    {
        for (const Json& host : record["hosts"])
        {
            sum += host["counts"][name].get<uint64_t>();
        }
    }
    return sum;
}

/** A host that costs nothing puts on the wire what stock ns-3 does, unless it says that it departs.
 */
void
CompareWithStock(const Description& description, const Outcome& ours, Json& result)
{
    Outcome stock = RunApart(description, Variant::STOCK);
    if (!stock.trouble.empty())
    {
        result["skipped"] = "stock ns-3: " + stock.trouble;
        return;
    }
    uint64_t departures = SumCount(ours.json["record"], "departures");
    if (departures > 0)
    {
        result["skipped"] = std::to_string(departures) + " departures from stock ns-3";
        return;
    }
    // Over IPv6 an ICMP error about a datagram that never becomes whole quotes a fragment, whose
    // payload has stayed on the card (doc/design.md): times and sizes alone are compared.
    bool quotes = description.ipv6 && !description.datagrams.empty();
    Json first{{"shape", ours.json["record"]["shape"]}, {"frames", ours.json["record"]["frames"]}};
    Json second{{"shape", stock.json["record"]["shape"]},
                {"frames", stock.json["record"]["frames"]}};
    if (!quotes)
    {
        first["digest"] = ours.json["digest"];
        second["digest"] = stock.json["digest"];
    }
    for (const Violation& v : CheckSame("equivalence", first, second))
    {
        Add(result, v);
    }
}

/** Runs a scenario and what it is compared with. \return a line's content */
Json
Test(const Description& description)
{
    Json result{{"seed", description.seed},
                {"result", "pass"},
                {"frames", 0},
                {"violations", Json::array()}};
    Outcome ours = RunApart(description, Variant::BYTES);
    if (IsStockCrash(ours.trouble))
    {
        result["skipped"] = "ns-3's own TCP crashed";
        return result;
    }
    if (!ours.trouble.empty())
    {
        Add(result, {"crash", "the run", ours.trouble});
        result["result"] = "fail";
        return result;
    }
    result["frames"] = ours.json["record"]["frames"];
    result["ending"] = ours.json["record"]["ending"];
    if (ours.json.contains("violations"))
    {
        result["violations"] = ours.json["violations"];
    }
    for (const std::string& check : description.checks)
    {
        if (check == "stock")
        {
            CompareWithStock(description, ours, result);
            continue;
        }
        Variant variant = check == "twice" ? Variant::BYTES : Variant::ACCOUNTING;
        Outcome other = RunApart(description, variant);
        if (!other.trouble.empty())
        {
            Add(result, {check, "the other run", other.trouble});
            continue;
        }
        for (const Violation& v : CheckSame(check, ours.json["record"], other.json["record"]))
        {
            Add(result, v);
        }
    }
    result["result"] = result["violations"].empty() ? "pass" : "fail";
    return result;
}

/** \return a number of an option, or what is wrong ends the program */
uint32_t
ReadNumber(const std::string& text, const std::string& option)
{
    bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isdigit(c);
    });
    if (!digits || text.size() > 9)
    {
        Fail(option + "=" + text + ": expected a whole number below 10^9");
    }
    return static_cast<uint32_t>(std::stoul(text));
}

/** \return the scenario of a file */
Description
ReadFile(const std::string& name)
{
    std::ifstream file(name);
    std::istream& from = name == "-" ? std::cin : file;
    if (!from)
    {
        Fail(name + ": cannot be read");
    }
    Json json = Json::parse(from, nullptr, false);
    if (json.is_discarded())
    {
        Fail(name + ": is not JSON");
    }
    try
    {
        return FromJson(json);
    }
    catch (const std::invalid_argument& error)
    {
        Fail(name + ": " + error.what());
    }
}

/** What the command line asks for. */
struct Options
{
    std::string file;      //!< --file
    bool seedGiven{false}; //!< --seed was given
    uint32_t seed{0};      //!< --seed
    uint32_t count{1};     //!< --count
    bool describe{false};  //!< --describe
    bool here{false};      //!< --here
};

Options
ReadOptions(int argc, char* argv[])
{
    Options options;
    for (int i = 1; i < argc; i++)
    {
        std::string word = argv[i];
        std::string name = word.substr(0, word.find('='));
        std::string value = word.size() > name.size() ? word.substr(name.size() + 1) : "";
        if (word == "--help")
        {
            std::cout << USAGE;
            std::exit(0);
        }
        else if (word == "--describe")
        {
            options.describe = true;
        }
        else if (word == "--here")
        {
            options.here = true;
        }
        else if (name == "--file" && !value.empty())
        {
            options.file = value;
        }
        else if (name == "--seed" || name == "--count")
        {
            (name == "--seed" ? options.seed : options.count) = ReadNumber(value, name);
            options.seedGiven = options.seedGiven || name == "--seed";
        }
        else
        {
            Fail(word + ": unknown; --help says what there is");
        }
    }
    if (options.seedGiven == !options.file.empty())
    {
        Fail("either --seed or --file");
    }
    return options;
}

} // namespace

int
main(int argc, char* argv[])
{
    Options options = ReadOptions(argc, argv);
    bool failed = false;
    uint32_t count = options.file.empty() ? options.count : 1;
    for (uint32_t i = 0; i < count; i++)
    {
        Description d = options.file.empty() ? Draw(options.seed + i) : ReadFile(options.file);
        Json line = options.describe ? ToJson(d)
                    : options.here   ? RunHere(d, Variant::BYTES)
                                     : Test(d);
        std::cout << line.dump(options.describe ? 2 : -1) << std::endl;
        failed = failed || line.value("result", "") == "fail";
    }
    return failed ? 1 : 0;
}
