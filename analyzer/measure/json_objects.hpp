// A JSON array of objects, read one object at a time: files of events are large, and may end early.
#pragma once

#include <functional>
#include <istream>
#include <string_view>

namespace costscan {

/// Calls `take` with the text of each complete object that stands directly in the file's array, or directly in an array
/// of the file's object (`{"traceEvents": [...]}`). Text between them is skipped. True where the file's outermost
/// bracket was closed: false for a file that ends early. An object longer than 16 MiB ends the reading.
bool for_each_object(std::istream& in, const std::function<void(std::string_view)>& take);

}  // namespace costscan
