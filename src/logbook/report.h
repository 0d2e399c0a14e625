// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "logbook/finding.h"

// What the reports of this module share.
namespace countersign::logbook {

// "tile/0/000: wrong: octets 32–63 are not the hash of entry 1"
std::string write_finding(const Finding& finding);
// One line each, indented, and how many more there are.
std::string write_findings_text(const std::vector<Finding>& findings, std::uint64_t in_all);
boost::json::array array_of(const std::vector<Finding>& findings);
// Null where it has no origin: it could not be read.
boost::json::value object_of(const checkpoint::Checkpoint& checkpoint);

// Which part of a log of that size witnesses cosigned, before "cosigned": nothing to say where it is all.
std::string witnessed_part(std::uint64_t witnessed_size, std::uint64_t size);

}  // namespace countersign::logbook
