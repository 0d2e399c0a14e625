// SPDX-License-Identifier: Apache-2.0
#include "mediator/default_application.h"

#include <algorithm>
#include <vector>

namespace countersign::mediator {
namespace {

constexpr std::string_view kGroup = "[Default Applications]";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

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

// Where the defaults stand: the first line behind the group's head and the first behind the group; both the
// end where there is no such group.
struct Group {
  std::vector<std::string>::iterator begin, end;
};
Group find_defaults(std::vector<std::string>& lines) {
  const auto head = std::find_if(lines.begin(), lines.end(),
                                 [](std::string_view line) { return line.starts_with(kGroup); });
  if (head == lines.end()) return {lines.end(), lines.end()};
  return {head + 1, std::find_if(head + 1, lines.end(), begins_group)};
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace

bool is_default(std::string_view list, std::string_view type, std::string_view application) {
  auto lines = split(list, '\n');
  const Group group = find_defaults(lines);
  const auto line =
      std::find_if(group.begin, group.end, [&](const auto& each) { return names_type(each, type); });
  if (line == group.end) return false;
  const auto named = applications_of(*line);
  return !named.empty() && named.front() == application;
}

std::string with_default(std::string_view list, std::string_view type, std::string_view application) {
  if (is_default(list, type, application)) return std::string(list);
  auto lines = split(list, '\n');
  Group group = find_defaults(lines);
  if (group.begin == lines.end() && (lines.empty() || !lines.back().starts_with(kGroup))) {
    lines.emplace_back(kGroup);
    group = find_defaults(lines);
  }
  const auto line =
      std::find_if(group.begin, group.end, [&](const auto& each) { return names_type(each, type); });
  if (line == group.end) {
    lines.insert(group.begin, line_of(type, {std::string(application)}));
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
  const auto line =
      std::find_if(group.begin, group.end, [&](const auto& each) { return names_type(each, type); });
  if (line == group.end) return std::string(list);
  auto named = applications_of(*line);
  if (std::erase(named, application) == 0) return std::string(list);
  if (!named.empty()) {
    *line = line_of(type, named);
    return text_of(lines);
  }
  lines.erase(line);
  const Group left = find_defaults(lines);
  const bool is_empty = std::all_of(left.begin, left.end, [](const auto& each) { return each.empty(); });
  if (is_empty) lines.erase(left.begin - 1, left.end);
  return text_of(lines);
}

}  // namespace countersign::mediator
