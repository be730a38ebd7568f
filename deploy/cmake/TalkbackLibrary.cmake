# talkback_library(NAME SOURCES file... [USES target...] [PRIVATE_USES target...])
# talkback_program(NAME SOURCES file... [USES target...])
#
# One folder, one library, one target `talkback_NAME` with the alias `talkback::NAME`. Includes are
# written from the root of the repository. USES is what users of the headers need, PRIVATE_USES what
# only the sources need.

add_library(talkback_options INTERFACE)
target_compile_options(talkback_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wdouble-promotion
  # Renders are equal to the bit everywhere: no fused multiply-add that one machine has and another lacks.
  -ffp-contract=off
  # Clang counts TALKBACK_CHECK(!"what happened") among the conversions, warns of what GCC's libstdc++ 12 does inside, and
  # ignores widths of vectors that only GCC knows.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-string-conversion;-Wno-deprecated-declarations;-Wno-ignored-attributes>
  $<$<BOOL:${TALKBACK_WARNINGS_AS_ERRORS}>:-Werror>)

function(talkback_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;PRIVATE_USES")
  add_library(talkback_${name} STATIC ${arg_SOURCES})
  add_library(talkback::${name} ALIAS talkback_${name})
  target_include_directories(talkback_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(talkback_${name} PUBLIC ${arg_USES} PRIVATE talkback_options ${arg_PRIVATE_USES})
endfunction()

function(talkback_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE talkback_options ${arg_USES})
endfunction()
