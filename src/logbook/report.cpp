// SPDX-License-Identifier: Apache-2.0
#include "logbook/report.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>

namespace countersign::logbook {
namespace {

namespace json = boost::json;

}  // namespace

std::string write_finding(const Finding& finding) {
  std::string text;
  if (!finding.file.empty()) text += finding.file + ": ";
  text += std::string(finding_name(finding.kind)) + ": " + finding.what;
  // Of files the words say it already.
  if (finding.file.empty() || finding.kind == FindingKind::kEntry)
    if (finding.index) text += fmt::format(" (index {})", *finding.index);
  return text;
}

std::string write_findings_text(const std::vector<Finding>& findings, std::uint64_t in_all) {
  std::string text;
  for (const Finding& finding : findings) text += "  " + write_finding(finding) + "\n";
  if (in_all > findings.size()) text += fmt::format("  and {} more\n", in_all - findings.size());
  return text;
}

json::array array_of(const std::vector<Finding>& findings) {
  json::array array;
  for (const Finding& finding : findings) {
    json::object object{{"kind", finding_name(finding.kind)},
                        {"file", nullptr},
                        {"octets", nullptr},
                        {"index", nullptr},
                        {"what", finding.what},
                        {"certain", finding.is_certain}};
    if (!finding.file.empty()) object["file"] = finding.file;
    if (finding.octets) object["octets"] = json::array{finding.octets->first, finding.octets->last};
    if (finding.index) object["index"] = *finding.index;
    array.push_back(std::move(object));
  }
  return array;
}

std::string witnessed_part(std::uint64_t witnessed_size, std::uint64_t size) {
  return witnessed_size == size ? std::string() : fmt::format("its first {} entries ", witnessed_size);
}

json::value object_of(const checkpoint::Checkpoint& checkpoint) {
  if (checkpoint.origin.empty()) return nullptr;
  return json::object{
      {"origin", checkpoint.origin}, {"size", checkpoint.size}, {"root", base64_encode(checkpoint.root)}};
}

}  // namespace countersign::logbook
