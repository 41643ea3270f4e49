# What this module links of an installed ns-3. The build and the installed package both read this.

# Debian's ns-3 exports link lines with absolute paths of libraries that libns3-dev does not depend
# on: those that are not here are not needed by what we link.
function(drop_missing_libraries target)
  get_target_property(libraries ${target} INTERFACE_LINK_LIBRARIES)
  if(NOT libraries)
    return()
  endif()
  set(present)
  foreach(library IN LISTS libraries)
    if(NOT IS_ABSOLUTE "${library}" OR EXISTS "${library}")
      list(APPEND present "${library}")
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "${present}")
endfunction()

# Mends the targets of these modules, where ns-3 has them, and lists them.
function(ns3_targets result)
  set(targets)
  foreach(module IN LISTS ARGN)
    foreach(target ns3::lib${module} ns3::${module}) # the second name from ns-3.43 on
      if(TARGET ${target})
        drop_missing_libraries(${target})
        list(APPEND targets ${target})
      endif()
    endforeach()
  endforeach()
  set(${result} ${targets} PARENT_SCOPE)
endfunction()

ns3_targets(payload_cache_ns3 core network internet traffic-control point-to-point csma applications
            flow-monitor)
ns3_targets(payload_cache_ns3_behind stats bridge mpi) # what those link
