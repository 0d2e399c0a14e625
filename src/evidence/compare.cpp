// SPDX-License-Identifier: Apache-2.0
#include "evidence/compare.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "documents/json.h"

namespace countersign::evidence {
namespace {

namespace json = boost::json;
using enum ComparisonVerdict;

constexpr std::string_view kWhatToDo =
    " Both checkpoints carry the log's own signature: whoever holds its key cannot deny this. Keep both "
    "receipts, and "
    "show them to the network's operators and to the witnesses.";

std::string entries(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " entry" : " entries");
}

Comparison fork(const LogStatement& log, const std::string& what) {
  return {kFork, "The log " + log.checkpoint.origin + " has two histories: " + what + std::string(kWhatToDo)};
}

Comparison compare_roots(const LogStatement& first, const LogStatement& second) {
  const std::string size = entries(first.checkpoint.size);
  if (first.checkpoint.root == second.checkpoint.root)
    return {kSameTree, "Both receipts are of one tree of " + size + "."};
  return fork(first, "it signed two different trees of " + size +
                         ", and showed one of them to some and the other to others.");
}

Comparison undecided(const std::string& why) {
  return {
      kUndecided,
      "Nothing in the two receipts contradicts the other, but they are of trees of different sizes: " + why};
}

Comparison compare_by_hashes(const LogStatement& smaller, const LogStatement& larger,
                             merkle::HashSource& hashes) {
  const auto whole = merkle::root_of(hashes, larger.checkpoint.size);
  if (!whole) return undecided("the hashes of the larger one cannot be had: " + whole.error().detail + ".");
  if (whole.value() != larger.checkpoint.root)
    return undecided("the hashes that were given are not those of the larger one, so they show nothing.");
  const auto beginning = merkle::root_of(hashes, smaller.checkpoint.size);
  if (!beginning)
    return undecided("the hashes of the smaller one cannot be had: " + beginning.error().detail + ".");
  const std::string sizes = "the tree of " + entries(larger.checkpoint.size);
  if (beginning.value() == smaller.checkpoint.root)
    return {kConsistent, "The log only grew between the two receipts: " + sizes +
                             " begins with the tree of " + entries(smaller.checkpoint.size) + "."};
  return fork(larger, sizes + " does not begin with the tree of " + entries(smaller.checkpoint.size) +
                          " that it signed, too: entries were changed or taken out.");
}

json::value object_of(const Report& report) {
  if (!report.log) return nullptr;
  const LogStatement& log = *report.log;
  return json::object{{"valid", report.is_valid()},  {"origin", log.checkpoint.origin},
                      {"size", log.checkpoint.size}, {"root", base64_encode(log.checkpoint.root)},
                      {"index", log.index},          {"signed", log.is_signed},
                      {"included", log.is_included}};
}

void write_line(std::string& text, std::string_view which, const Report& report) {
  text.append(which).append(report.is_valid() ? ": valid" : ": NOT VALID, see `countersign verify`");
  if (report.log)
    text += "; number " + std::to_string(report.log->index) + " of " + entries(report.log->checkpoint.size) +
            " in " + report.log->checkpoint.origin + ", root " + base64_encode(report.log->checkpoint.root);
  text += "\n";
}

}  // namespace

std::string_view verdict_name(ComparisonVerdict verdict) {
  switch (verdict) {
    case kSameTree:
      return "same-tree";
    case kConsistent:
      return "consistent";
    case kUndecided:
      return "undecided";
    case kOtherLogs:
      return "other-logs";
    case kUnproven:
      return "unproven";
    case kFork:
      return "fork";
  }
  return "unproven";
}

Comparison compare_receipts(const Report& first, const Report& second, merkle::HashSource* hashes) {
  if (!first.log || !second.log)
    return {kUnproven, "One of the two has no proof that can be read: nothing follows about the log."};
  const LogStatement& a = *first.log;
  const LogStatement& b = *second.log;
  if (a.checkpoint.origin != b.checkpoint.origin)
    return {kOtherLogs, "The receipts are of different logs, " + a.checkpoint.origin + " and " +
                            b.checkpoint.origin + ": there is nothing to compare."};
  if (!a.is_signed || !b.is_signed)
    return {kUnproven,
            "One of the two checkpoints is not signed with a key that is known to be the log's: nothing "
            "follows about it."};
  if (a.checkpoint.size == b.checkpoint.size) return compare_roots(a, b);
  if (a.is_included && b.is_included && a.index == b.index && a.leaf != b.leaf)
    return fork(a, "number " + std::to_string(a.index) + " is another confirmation in each of them.");
  if (hashes == nullptr)
    return undecided("only the log's tiles show whether the larger one begins with the smaller.");
  const bool is_ordered = a.checkpoint.size < b.checkpoint.size;
  return compare_by_hashes(is_ordered ? a : b, is_ordered ? b : a, *hashes);
}

std::string write_comparison_text(const Comparison& comparison, const Report& first, const Report& second) {
  std::string text = comparison.verdict == kFork ? "FORK: " : "";
  text += comparison.explanation + "\n";
  write_line(text, "first receipt", first);
  write_line(text, "second receipt", second);
  return text;
}

std::string write_comparison_json(const Comparison& comparison, const Report& first, const Report& second) {
  return documents::write_json(json::object{{"type", "receipt-comparison"},
                                            {"version", 1},
                                            {"verdict", verdict_name(comparison.verdict)},
                                            {"explanation", comparison.explanation},
                                            {"receipts", json::array{object_of(first), object_of(second)}}});
}

}  // namespace countersign::evidence
