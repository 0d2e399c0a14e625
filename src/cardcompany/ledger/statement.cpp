// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/ledger/statement.h"

namespace countersign::cardcompany {
namespace {

// What is due to a merchant is a credit in our books.
std::int64_t sign_of(LedgerAccount::Kind kind) {
  return kind == LedgerAccount::Kind::kMerchant ? -1 : 1;
}

Result<std::int64_t> sum_before(storage::Reader& reader, const std::string& account, TimePoint time) {
  TRY(const auto row,
      reader.query_one("SELECT CAST(COALESCE(SUM(p.amount), 0) AS BIGINT) FROM postings p "
                       "JOIN journal j ON j.number = p.entry WHERE p.account = $1 AND j.made < $2",
                       {account, unix_seconds(time)}));
  return row ? row->integer(0) : 0;
}

Result<void> add_lines(storage::Reader& reader, const LedgerAccount& account, Statement& statement) {
  TRY(const auto rows,
      reader.query(
          "SELECT j.number, j.movement, p.amount FROM postings p JOIN journal j ON j.number = p.entry "
          "WHERE p.account = $1 AND j.made >= $2 AND j.made < $3 ORDER BY p.entry",
          {account.id(), unix_seconds(statement.from), unix_seconds(statement.to)}));
  for (const auto& row : rows) {
    TRY(auto stored, find_movement(reader, row.text(1)));
    if (!stored) return fail(ErrorCode::kInternal, "ledger: an entry without its movement");
    const std::int64_t change = sign_of(account.kind) * row.integer(2);
    statement.closing += change;
    statement.lines.push_back({row.integer(0), std::move(stored->movement), change, statement.closing});
  }
  return ok();
}

}  // namespace

Result<std::vector<Statement>> make_statements(storage::Reader& reader, LedgerAccount::Kind kind,
                                               std::string_view owner, TimePoint from, TimePoint to) {
  if (kind != LedgerAccount::Kind::kHolder && kind != LedgerAccount::Kind::kMerchant)
    return fail(ErrorCode::kUnsupported, "statement: of holders and merchants alone");
  TRY(const auto rows, reader.query("SELECT currency FROM ledger_accounts WHERE kind = $1 AND owner = $2 "
                                    "ORDER BY currency",
                                    {std::string(ledger_kind_name(kind)), std::string(owner)}));
  std::vector<Statement> statements;
  for (const auto& row : rows) {
    const LedgerAccount account{kind, std::string(owner), row.text(0)};
    Statement statement{.currency = account.currency, .from = from, .to = to, .lines = {}};
    TRY(const auto before, sum_before(reader, account.id(), from));
    statement.opening = statement.closing = sign_of(kind) * before;
    TRY(add_lines(reader, account, statement));
    statements.push_back(std::move(statement));
  }
  return statements;
}

}  // namespace countersign::cardcompany
