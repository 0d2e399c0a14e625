// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "evidence/stamps.h"

namespace countersign::evidence {

// The parts of a report that are about time-stamps, and about what holds now.
void write_stamp_lines(std::string& text, const Report& report);
// All of a judgement of stamps by themselves, the findings first.
std::string write_judgement_text(const StampsJudgement& judgement);
// The same for programs: type "stamps-report", version 1.
std::string write_judgement_json(const StampsJudgement& judgement, TimePoint now);
void put_stamps(const Report& report, boost::json::object& object);

}  // namespace countersign::evidence
