// What a reader of the report sees and does, in a real browser. Run by ctest (label browser); see CMakeLists.txt for
// the environment. One process and one browser serve all of it.
import "./harness.mjs";
import "./fixture_pages.mjs";
import "./hostile_pages.mjs";
import "./command_pages.mjs";
