// SPDX-License-Identifier: Apache-2.0
#include "evidence/report_log.h"

#include <algorithm>
#include <boost/json/array.hpp>

namespace countersign::evidence {
namespace {

namespace json = boost::json;

std::string_view source_name(LogKeySource source) {
  switch (source) {
    case LogKeySource::kNobody:
      return "nobody";
    case LogKeySource::kPolicy:
      return "policy";
    case LogKeySource::kMap:
      return "map";
  }
  return "nobody";
}

std::string key_line(const LogStatement& log) {
  if (!log.key) return "  nobody says which key is the log's\n";
  const std::string whose = log.key_source == LogKeySource::kPolicy
                                ? "the key that the policy names"
                                : "the key that the network map in the receipt names";
  return "  checkpoint " + std::string(log.is_signed ? "signed with " : "NOT signed with ") + whose + "\n";
}

std::string quorum_line(const LogStatement& log) {
  if (!log.has_quorum)
    return "  no policy was given: who must have witnessed it, and whether enough have, is not judged\n";
  return *log.has_quorum ? "  as many witnesses as the policy asks for\n"
                         : "  NOT as many witnesses as the policy asks for\n";
}

json::value time_or_null(const std::optional<TimePoint>& time) {
  if (!time) return nullptr;
  return json::value(json::string_view(format_time(*time)));
}

json::object object_of(const LogStatement& log) {
  json::array witnesses;
  for (const WitnessStatement& witness : log.witnesses)
    witnesses.push_back(json::object{
        {"name", witness.name}, {"cosigned", time_or_null(witness.cosigned)}, {"own", witness.is_own}});
  json::object object{{"origin", log.checkpoint.origin},
                      {"index", log.index},
                      {"size", log.checkpoint.size},
                      {"root", base64_encode(log.checkpoint.root)},
                      {"leaf", base64_encode(log.leaf)},
                      {"included", log.is_included},
                      {"signed", log.is_signed},
                      {"keyFrom", source_name(log.key_source)},
                      {"key", nullptr},
                      {"witnesses", std::move(witnesses)},
                      {"quorum", nullptr},
                      {"stated", documents::witness_state_name(log.state)},
                      {"until", time_or_null(log.until)}};
  if (log.key) object["key"] = log.key->text();
  if (log.has_quorum) object["quorum"] = *log.has_quorum;
  return object;
}

json::object object_of(const MapStatement& map) {
  return {{"mapVersion", map.version},           {"issued", format_time(map.issued)},
          {"expires", format_time(map.expires)}, {"signer", map.signer.subject().text()},
          {"serial", map.signer.serial().hex()}, {"namesLog", map.names_log},
          {"until", format_time(map.until)}};
}

}  // namespace

std::string log_verdict(const LogStatement& log) {
  std::string text = ", and its public log holds it";
  if (!log.has_quorum) return text + " (no policy says who must have witnessed that)";
  const auto count =
      std::ranges::count_if(log.witnesses, [](const auto& one) { return one.cosigned.has_value(); });
  if (count == 0) return text + " (the policy asks for no witness)";
  return text + ", as " + std::to_string(count) + (count == 1 ? " witness" : " witnesses") +
         " of the policy saw";
}

void write_log_lines(std::string& text, const Report& report) {
  if (report.log) {
    const LogStatement& log = *report.log;
    text += "log " + log.checkpoint.origin + ", number " + std::to_string(log.index) + " of " +
            std::to_string(log.checkpoint.size) + (log.is_included ? "\n" : ", NOT proven\n") + "  root " +
            base64_encode(log.checkpoint.root) + "\n" + key_line(log);
    for (const WitnessStatement& witness : log.witnesses)
      text += witness.cosigned ? "  witnessed by " + witness.name + ", " + format_time(*witness.cosigned) +
                                     (witness.is_own ? ", which the log's own data centre runs\n" : "\n")
                               : "  NOT witnessed by " + witness.name + "\n";
    text += quorum_line(log);
  }
  for (const MapStatement& map : report.maps)
    text += "network map " + std::to_string(map.version) + " signed by " + map.signer.subject().text() +
            ", issued " + format_time(map.issued) + "\n  relied on until " + format_time(map.until) + "\n";
}

void put_log(const Report& report, json::object& object) {
  if (report.log) object["log"] = object_of(*report.log);
  if (report.kind != EvidenceKind::kReceipt) return;
  json::array maps;
  for (const MapStatement& map : report.maps) maps.push_back(object_of(map));
  object["maps"] = std::move(maps);
}

}  // namespace countersign::evidence
