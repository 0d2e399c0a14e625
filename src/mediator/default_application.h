// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

// The desktop's list of which application opens what: mimeapps.list (MIME Applications Associations, “Default
// Applications”). Whatever else stands in a list stays as it is.
namespace countersign::mediator {

// Whether the list names this application (a desktop file's name), before all others, for the type.
bool is_default(std::string_view list, std::string_view type, std::string_view application);
// The list with the application named for the type before all others.
std::string with_default(std::string_view list, std::string_view type, std::string_view application);
// The list without the application for the type; empty when nothing is left in it.
std::string without_default(std::string_view list, std::string_view type, std::string_view application);

}  // namespace countersign::mediator
