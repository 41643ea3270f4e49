# Writes the revision that a record names, and touches the file only when it has changed.
execute_process(
  COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12
  OUTPUT_VARIABLE revision
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
  RESULT_VARIABLE failed
)
if(failed)
  set(revision unknown)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
"const char *pcache_revision(void);

const char *
pcache_revision(void)
{
    return \"${revision}\";
}
"
)
