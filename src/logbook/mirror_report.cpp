// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "documents/json.h"
#include "logbook/mirror.h"
#include "logbook/report.h"

namespace countersign::logbook {

std::string write_mirror_text(const MirrorReport& report) {
  const checkpoint::Checkpoint& now = report.checkpoint;
  const std::string change =
      report.size_before == now.size
          ? fmt::format("UP TO DATE: {} entries of {}\n", now.size, now.origin)
          : fmt::format("UP TO DATE: {} entries of {}, {} before; {} were fetched\n", now.size, now.origin,
                        report.size_before, report.entries_fetched);
  const std::string part = witnessed_part(report.witnessed_size, now.size);
  return change + fmt::format("checkpoint: root {}, signed by the log\n  {}{}{}\n", base64_encode(now.root),
                              part,
                              report.witnesses.empty()
                                  ? "cosigned by nobody who is known"
                                  : fmt::format("cosigned by {}", fmt::join(report.witnesses, ", ")),
                              report.is_witnessed ? "" : ", not enough for the policy yet");
}

std::string write_mirror_json(const MirrorReport& report) {
  boost::json::array witnesses;
  for (const std::string& name : report.witnesses) witnesses.emplace_back(name);
  return documents::write_json(boost::json::object{{"type", "log-mirror"},
                                                   {"version", 1},
                                                   {"checkpoint", object_of(report.checkpoint)},
                                                   {"sizeBefore", report.size_before},
                                                   {"entriesFetched", report.entries_fetched},
                                                   {"witnesses", std::move(witnesses)},
                                                   {"witnessed", report.is_witnessed},
                                                   {"witnessedSize", report.witnessed_size}});
}

}  // namespace countersign::logbook
