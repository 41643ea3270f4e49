#ifndef OPTIONS_H
#define OPTIONS_H

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace scenario
{

/** Says what is wrong, and ends the program with status 2. */
[[noreturn]] void Fail(const std::string& message);

/**
 * The command line of a scenario: --name=value. What is wrong is said with what would be right,
 * and ends the program with status 2 before anything has run.
 */
class Options
{
  public:
    /**
     * Constructor.
     * \param program the program's name
     * \param purpose what it does, for --help
     */
    Options(std::string program, std::string purpose);

    /**
     * Options added from here on stand under a title of --help.
     * \param traffic they shape what is sent and lost, and chance with it: seeds of a sweep depend
     * on them
     */
    void Section(const std::string& title, bool traffic);

    /** Adds a text option. \param choices what it may be; empty for anything */
    void Add(const std::string& name,
             std::string& value,
             const std::string& help,
             const std::vector<std::string>& choices = {});
    /** Adds a whole number of at least \p least and at most \p most. */
    void Add(const std::string& name,
             uint64_t& value,
             const std::string& help,
             uint64_t least,
             uint64_t most);
    /** Adds a number of at least \p least and at most \p most. */
    void Add(const std::string& name,
             double& value,
             const std::string& help,
             double least,
             double most);
    /** Adds an on/off option. */
    void AddSwitch(const std::string& name, bool& value, const std::string& help);
    /** Adds a data rate of at least \p least bit/s ("100Mbps"). */
    void AddRate(const std::string& name, uint64_t& value, const std::string& help, uint64_t least);
    /** Adds a time ("50us"), in seconds. */
    void AddTime(const std::string& name, double& value, const std::string& help);

    /** Makes an ns-3 attribute another name of an option, which takes the same values. */
    void AddSynonym(const std::string& name, const std::string& attribute);
    /** Makes an option and an ns-3 attribute, which is written otherwise, exclude each other. */
    void AddAlternative(const std::string& name, const std::string& attribute);
    /** Refuses an ns-3 attribute that the scenario sets by itself, as an option asks for it. */
    void Reserve(const std::string& name, const std::string& attribute);

    /** Reads the command line; ns-3 attributes become defaults. */
    void Parse(int argc, char* argv[]);

    /** \return true if the option was given, under one of its names */
    bool IsGiven(const std::string& name) const;
    /** \return the ns-3 attributes given, as "ns3::Class::Attribute" and their values */
    const std::map<std::string, std::string>& GetAttributes() const;

  private:
    /** One option. */
    struct Option
    {
        std::string name;    //!< without dashes
        std::string help;    //!< what it does, and its default
        std::string section; //!< the title that it stands under
        bool traffic;        //!< it shapes what is sent and lost
        std::function<std::string(const std::string&)> set; //!< \return what is wrong, or nothing
    };

    /** Adds an option to the present section. */
    void Add(const std::string& name,
             const std::string& help,
             std::function<std::string(const std::string&)> set);
    /** Prints the help and ends. */
    [[noreturn]] void Help() const;
    /** Prints the options as JSON, for programs, and ends. */
    [[noreturn]] void Describe() const;
    /** Takes note that an option is given, under this name or another. */
    void Give(const std::string& name, const std::string& as);
    /** Sets an option. \param as the name that it was given by */
    void SetOption(const std::string& name, const std::string& value, const std::string& as);
    /** Sets an ns-3 attribute's default. */
    void SetAttribute(const std::string& name, const std::string& value);
    /** Prints a class's attributes and ends. */
    [[noreturn]] static void PrintAttributes(const std::string& type);

    std::string m_program;                            //!< name
    std::string m_purpose;                            //!< for --help
    std::string m_section{"Options"};                 //!< of the options that are added
    bool m_traffic{false};                            //!< likewise
    std::vector<Option> m_options;                    //!< in the order of --help
    std::map<std::string, std::string> m_synonyms;     //!< attribute: the option it stands for
    std::map<std::string, std::string> m_alternatives; //!< attribute: the option it excludes
    std::map<std::string, std::string> m_reserved;     //!< attribute: the option that sets it
    std::map<std::string, std::string> m_given;       //!< options given, and by which name
    std::map<std::string, std::string> m_attributes;  //!< ns-3 attributes given
};

} // namespace scenario

#endif
