// SPDX-License-Identifier: Apache-2.0
// What the operator reads about the ledger as a whole.
#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "cardcompany/ledger/reconciliation.h"
#include "cardcompany/ledger/statement.h"
#include "ledger_commands.h"

namespace countersign::app {
namespace {

namespace json = boost::json;

// A sum that may be negative, as people read it.
std::string sum_text(std::int64_t minor_units, const std::string& currency) {
  const std::string text = format_amount({std::abs(minor_units), currency});
  return minor_units < 0 ? "-" + text : text;
}

// "2026-11-01" stands for its first second.
Result<TimePoint> read_time(const std::string& text, TimePoint otherwise) {
  if (text.empty()) return otherwise;
  auto time = parse_time(text.size() == std::string_view("2026-11-01").size() ? text + "T00:00:00Z" : text);
  if (!time) return fail(ErrorCode::kMalformed, text + ": say 2026-11-01 or 2026-11-01T08:30:00Z");
  return time;
}

void print_statement(const cardcompany::Statement& statement, const std::string& owner,
                     const LedgerOptions& options) {
  if (options.json) {
    json::array lines;
    for (const auto& line : statement.lines) {
      auto object = describe_movement(line.movement);
      object["entry"] = line.entry;
      object["change"] = line.change;
      object["balance"] = line.balance;
      lines.push_back(std::move(object));
    }
    return print_json({{"owner", owner},
                       {"currency", statement.currency},
                       {"from", format_time(statement.from)},
                       {"to", format_time(statement.to)},
                       {"opening", statement.opening},
                       {"lines", std::move(lines)},
                       {"closing", statement.closing}});
  }
  fmt::print("{}\n{}  opening balance  {}\n", owner, format_time(statement.from),
             sum_text(statement.opening, statement.currency));
  for (const auto& line : statement.lines)
    fmt::print("{}  {:16}  {}  {}  {:>16}  balance {}\n", format_time(line.movement.made),
               cardcompany::movement_kind_name(line.movement.kind), line.movement.merchant,
               line.movement.reference, sum_text(line.change, statement.currency),
               sum_text(line.balance, statement.currency));
  fmt::print("{}  closing balance  {}\n", format_time(statement.to),
             sum_text(statement.closing, statement.currency));
}

Result<void> state(const Books& books, const LedgerOptions& options) {
  if (options.account.empty() == options.merchant.empty())
    return fail(ErrorCode::kMalformed, "statement: of one, --account ID or --merchant SUBJECT");
  TRY(const auto from, read_time(options.from, from_unix_seconds(0)));
  TRY(const auto to, read_time(options.to, whole_seconds(SystemClock().now()) + Seconds{1}));
  std::string owner = options.merchant;
  std::vector<cardcompany::Statement> statements;
  TRY(books.database->read([&](storage::Reader& reader) -> Result<void> {
    using Kind = cardcompany::LedgerAccount::Kind;
    if (!options.account.empty()) {
      TRY(const auto account, books.accounts->find_by_id(reader, options.account));
      if (!account) return fail(ErrorCode::kNotFound, "account " + options.account);
      owner = "…" + account->last_digits + " " + account->holder;
    }
    TRY(statements,
        cardcompany::make_statements(reader, options.account.empty() ? Kind::kMerchant : Kind::kHolder,
                                     options.account + options.merchant, from, to));
    return ok();
  }));
  for (const auto& statement : statements) print_statement(statement, owner, options);
  if (statements.empty() && !options.json) fmt::print("{}\nno money moved\n", owner);
  return ok();
}

void print_as_json(const cardcompany::Reconciliation& report) {
  json::array balances, merchants, differences;
  for (const auto& each : report.trial_balances)
    balances.push_back(json::object{{"currency", each.currency},
                                    {"held", each.held},
                                    {"committed", each.committed},
                                    {"owed", each.owed},
                                    {"due", each.due}});
  for (const auto& each : report.merchants)
    merchants.push_back(json::object{{"merchant", each.merchant},
                                     {"currency", each.currency},
                                     {"authorized", each.authorized},
                                     {"held", each.held},
                                     {"captured", each.captured},
                                     {"refunded", each.refunded},
                                     {"due", each.due}});
  for (const auto& each : report.differences)
    differences.push_back(json::object{{"rule", each.rule}, {"object", each.object}});
  print_json({{"entries", report.entries},
              {"openHolds", report.open_holds},
              {"overdueHolds", report.overdue_holds},
              {"trialBalances", std::move(balances)},
              {"merchants", std::move(merchants)},
              {"differences", std::move(differences)}});
}

void print_as_text(const cardcompany::Reconciliation& report) {
  fmt::print("{} entries, {} open holds, {} of them overdue\n", report.entries, report.open_holds,
             report.overdue_holds);
  for (const auto& each : report.trial_balances)
    fmt::print("{}  held {}  committed {}  owed by holders {}  due to merchants {}\n", each.currency,
               sum_text(each.held, each.currency), sum_text(each.committed, each.currency),
               sum_text(each.owed, each.currency), sum_text(each.due, each.currency));
  for (const auto& each : report.merchants)
    fmt::print("{}  authorized {}  held {}  captured {}  refunded {}  due {}\n", each.merchant,
               sum_text(each.authorized, each.currency), sum_text(each.held, each.currency),
               sum_text(each.captured, each.currency), sum_text(each.refunded, each.currency),
               sum_text(each.due, each.currency));
  for (const auto& each : report.differences) fmt::print("DIFFERENCE  {}: {}\n", each.rule, each.object);
  if (report.differences.empty()) fmt::print("no differences\n");
}

Result<void> reconcile(const Books& books, const LedgerOptions& options) {
  cardcompany::Reconciliation report;
  TRY(books.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(report, cardcompany::reconcile(reader, SystemClock().now()));
    return ok();
  }));
  options.json ? print_as_json(report) : print_as_text(report);
  if (report.differences.empty()) return ok();
  return fail(ErrorCode::kInternal,
              fmt::format("reconciliation: {} differences; stop `serve` and keep a copy of the store before "
                          "anything else",
                          report.differences.size()));
}

}  // namespace

void add_report_commands(LedgerRegistry& registry) {
  LedgerOptions& options = registry.options();
  CLI::App& statement = registry.add("statement", "What moved on an account, with its balances", state);
  statement.add_option("--account", options.account, "Of a holder: id of `accounts list`");
  statement.add_option("--merchant", options.merchant, "Of a merchant: its subject");
  statement.add_option("--from", options.from, "Since this day or time; else from the beginning");
  statement.add_option("--to", options.to, "Before this day or time; else up to now");
  registry.add("reconcile", "Hold the ledger against its rules; exit status 1 where something differs",
               reconcile);
}

}  // namespace countersign::app
