// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "documents/network_map.h"

namespace countersign::authority {

// MapPlan is what an operator decides about the next network map; version, times and root are added when it
// is signed.
struct MapPlan {
  std::optional<documents::NextRoot> next_root;
  std::vector<documents::MappedDataCentre> data_centres;
};
MapPlan plan_of(const documents::NetworkMap& map);

// write_map_plan writes a plan for people to edit: `plan.toml` in `folder`, and the certificates it names
// beside it. Files of the same names are replaced. The text of plan.toml.
Result<std::string> write_map_plan(const MapPlan& plan, const std::filesystem::path& folder);
// read_map_plan reads one: certificates by file names relative to the plan's folder. The error names file and
// setting, in words on what to do.
Result<MapPlan> read_map_plan(const std::filesystem::path& file);

// The terms under which a plan becomes a map.
enum class LeavingOut { kRefused, kIntended };  // of data centres and CAs that the map before has
struct MapTerms {
  x509::Certificate root;
  TimePoint now;
  std::chrono::days valid;
  LeavingOut leaving_out = LeavingOut::kRefused;
};
// map_of_plan is the map that follows `previous` (version 1 where there is none). kConflict where the plan
// leaves out a data centre that was not retired, a CA that has not ended, or a log's key, unless that is
// intended.
Result<documents::NetworkMap> map_of_plan(MapPlan plan, const std::optional<documents::NetworkMap>& previous,
                                          const MapTerms& terms);

// read_map_of reads a signed map that goes on from, verified under `root` as of its issue: also one that is
// over. Errors of verify_network_map.
Result<documents::NetworkMap> read_map_of(BytesView signed_map, const x509::Certificate& root);
// read_previous_map reads the signed map before one that is signed below `root`: of that root or, where the
// root before is given, of that one, whose map names `root` as the next. kCertificateUnknown otherwise.
Result<documents::NetworkMap> read_previous_map(BytesView signed_map, const x509::Certificate& root,
                                                const std::optional<x509::Certificate>& root_before = {});

// describe_map shows a map to people, at `now`.
std::string describe_map(const documents::NetworkMap& map, TimePoint now);

// advise adds what to do about a map or plan that was refused.
Error advise(Error error);

}  // namespace countersign::authority
