// SPDX-License-Identifier: Apache-2.0
#include "mediator/default_application.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace countersign::mediator {
namespace {

constexpr std::string_view kGroup = "[Default Applications]";

bool begins_group(std::string_view line) {
  return line.starts_with('[');
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto begin = std::min(text.find_first_not_of(kBlank), text.size());
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

// Blanks around the sign count for nothing (Desktop Entry Specification, “Entries”).
bool names_type(std::string_view line, std::string_view type) {
  const auto sign = line.find('=');
  return sign != std::string_view::npos && trim(line.substr(0, sign)) == type;
}

// A and B of "TYPE=A;B;".
std::vector<std::string> applications_of(std::string_view line) {
  return split(trim(line.substr(line.find('=') + 1)), ';');
}

std::string line_of(std::string_view type, const std::vector<std::string>& applications) {
  std::string line = std::string(type) + "=";
  for (const auto& application : applications) line += application + ";";
  return line;
}

// The lines of the defaults, from their head on; none where there is no such group.
using Lines = std::vector<std::string>;
struct Group {
  Lines::iterator head, end;
  bool is_there() const { return head != end; }
};
Group find_defaults(Lines& lines) {
  const auto head = std::find_if(lines.begin(), lines.end(),
                                 [](std::string_view line) { return line.starts_with(kGroup); });
  if (head == lines.end()) return {head, head};
  return {head, std::find_if(head + 1, lines.end(), begins_group)};
}

// The line of a type; the group's end where it has none.
Lines::iterator find_type(const Group& group, std::string_view type) {
  return std::find_if(group.head, group.end, [&](const auto& line) { return names_type(line, type); });
}

std::string text_of(const Lines& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace

bool is_default(std::string_view list, std::string_view type, std::string_view application) {
  auto lines = split(list, '\n');
  const Group group = find_defaults(lines);
  const auto line = find_type(group, type);
  if (line == group.end) return false;
  const auto named = applications_of(*line);
  return !named.empty() && named.front() == application;
}

std::string with_default(std::string_view list, std::string_view type, std::string_view application) {
  if (is_default(list, type, application)) return std::string(list);
  auto lines = split(list, '\n');
  Group group = find_defaults(lines);
  if (!group.is_there()) {
    lines.emplace_back(kGroup);
    group = find_defaults(lines);
  }
  const auto line = find_type(group, type);
  if (line == group.end) {
    lines.insert(group.head + 1, line_of(type, {std::string(application)}));
    return text_of(lines);
  }
  auto named = applications_of(*line);
  std::erase(named, application);
  named.insert(named.begin(), std::string(application));
  *line = line_of(type, named);
  return text_of(lines);
}

std::string without_default(std::string_view list, std::string_view type, std::string_view application) {
  auto lines = split(list, '\n');
  const Group group = find_defaults(lines);
  const auto line = find_type(group, type);
  if (line == group.end) return std::string(list);
  auto named = applications_of(*line);
  if (std::erase(named, application) == 0) return std::string(list);
  if (!named.empty()) {
    *line = line_of(type, named);
    return text_of(lines);
  }
  lines.erase(line);
  const Group left = find_defaults(lines);
  const bool is_empty = std::all_of(left.head + 1, left.end, [](const auto& each) { return each.empty(); });
  if (is_empty) lines.erase(left.head, left.end);
  return text_of(lines);
}

}  // namespace countersign::mediator
