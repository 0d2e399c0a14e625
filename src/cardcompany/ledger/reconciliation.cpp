// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/ledger/reconciliation.h"

#include "cardcompany/ledger/journal.h"

namespace countersign::cardcompany {
namespace {

constexpr std::size_t kMostOfEach = 20;
constexpr std::string_view kJournalRule = "entries are as they were written, without gap";

// A rule answers what offends against it, one text for each.
struct Rule {
  std::string_view name, offenders;
};

constexpr Rule kRules[] = {
    {"every entry sums to zero in each currency",
     "SELECT 'entry ' || CAST(p.entry AS TEXT) FROM postings p JOIN ledger_accounts a ON a.id = p.account "
     "GROUP BY p.entry, a.currency HAVING SUM(p.amount) <> 0"},
    {"every entry has postings",
     "SELECT 'entry ' || CAST(number AS TEXT) FROM journal j WHERE NOT EXISTS "
     "(SELECT 1 FROM postings WHERE entry = j.number)"},
    {"balances are the sums of their postings",
     "SELECT a.id FROM ledger_accounts a WHERE a.balance <> "
     "COALESCE((SELECT SUM(p.amount) FROM postings p WHERE p.account = a.id), 0)"},
    {"all balances of a currency sum to zero",
     "SELECT currency FROM ledger_accounts GROUP BY currency HAVING SUM(balance) <> 0"},
    {"what is held is committed",
     "SELECT currency FROM ledger_accounts WHERE kind IN ('held', 'commitments') GROUP BY currency "
     "HAVING SUM(balance) <> 0"},
    {"holds are in the currency of their account",
     "SELECT h.authorization_id FROM holds h JOIN accounts a ON a.id = h.account "
     "WHERE a.currency <> h.currency"},
    {"what is held is the sum of open holds",
     "SELECT a.id FROM accounts a WHERE COALESCE((SELECT SUM(amount) FROM holds h WHERE h.account = a.id "
     "AND h.state = 'open'), 0) <> COALESCE((SELECT SUM(balance) FROM ledger_accounts l "
     "WHERE l.kind = 'held' AND l.owner = a.id), 0)"},
    {"what a holder owes was captured and not refunded",
     "SELECT a.id FROM accounts a WHERE COALESCE((SELECT SUM(captured - refunded) FROM holds h "
     "WHERE h.account = a.id), 0) <> COALESCE((SELECT SUM(balance) FROM ledger_accounts l "
     "WHERE l.kind = 'holder' AND l.owner = a.id), 0)"},
    {"what is due to a merchant was captured and not refunded",
     "SELECT h.merchant || ' ' || h.currency FROM holds h GROUP BY h.merchant, h.currency "
     "HAVING SUM(h.captured - h.refunded) <> -COALESCE((SELECT l.balance FROM ledger_accounts l "
     "WHERE l.kind = 'merchant' AND l.owner = h.merchant AND l.currency = h.currency), 0)"},
    {"a merchant's account has its holds",
     "SELECT l.id FROM ledger_accounts l WHERE l.kind = 'merchant' AND l.balance <> 0 AND NOT EXISTS "
     "(SELECT 1 FROM holds h WHERE h.merchant = l.owner AND h.currency = l.currency)"},
    {"every approved authorization is held or captured",
     "SELECT a.id FROM authorizations a WHERE a.state = 'approved' AND NOT EXISTS (SELECT 1 FROM holds h "
     "WHERE h.authorization_id = a.id AND h.state IN ('open', 'captured') AND h.amount = a.amount "
     "AND h.currency = a.currency AND h.merchant = a.merchant AND h.account = a.account)"},
    {"nothing is held or captured without an approved authorization",
     "SELECT h.authorization_id FROM holds h WHERE h.state IN ('open', 'captured') AND NOT EXISTS "
     "(SELECT 1 FROM authorizations a WHERE a.id = h.authorization_id AND a.state = 'approved')"},
    {"what was decided over a split payment was signed",
     "SELECT a.id FROM authorizations a WHERE a.split_transaction IS NOT NULL AND NOT EXISTS "
     "(SELECT 1 FROM reviews r WHERE r.authorization_id = a.id)"},
    {"of a split payment's transaction one approval counts",
     "SELECT a.merchant || ' ' || a.split_transaction FROM authorizations a WHERE a.split_transaction IS NOT "
     "NULL AND (a.state = 'approved' OR (a.state = 'released' AND a.code <> '')) "
     "GROUP BY a.merchant, a.split_transaction HAVING COUNT(*) > 1"},
    {"a hold is entered once, and freed once when it ends",
     "SELECT h.authorization_id FROM holds h WHERE (SELECT COUNT(*) FROM journal j WHERE "
     "j.authorization_id = h.authorization_id AND j.kind = 'hold') <> 1 OR (SELECT COUNT(*) FROM journal j "
     "WHERE j.authorization_id = h.authorization_id AND j.kind = 'release') <> "
     "CASE WHEN h.state = 'open' THEN 0 ELSE 1 END"},
    {"entries of holds are of their amount",
     "SELECT 'entry ' || CAST(j.number AS TEXT) FROM journal j JOIN postings p ON p.entry = j.number "
     "JOIN ledger_accounts l ON l.id = p.account JOIN holds h ON h.authorization_id = j.authorization_id "
     "WHERE j.kind IN ('hold', 'release') AND l.kind = 'held' AND (l.owner <> h.account OR p.amount <> "
     "CASE WHEN j.kind = 'hold' THEN h.amount ELSE -h.amount END)"},
    {"every entry belongs to a hold",
     "SELECT 'entry ' || CAST(j.number AS TEXT) FROM journal j WHERE NOT EXISTS "
     "(SELECT 1 FROM holds h WHERE h.authorization_id = j.authorization_id)"},
    {"captured is at most what was authorized, refunded at most what was captured",
     "SELECT authorization_id FROM holds WHERE captured > amount OR refunded > captured OR captured < 0 "
     "OR refunded < 0 OR (captured > 0 AND state <> 'captured') OR (captured = 0 AND state = 'captured')"},
    {"captured is what was captured and not reversed",
     "SELECT h.authorization_id FROM holds h WHERE h.captured <> COALESCE((SELECT SUM(m.amount) FROM "
     "movements m WHERE m.authorization_id = h.authorization_id AND m.kind = 'capture' AND NOT EXISTS "
     "(SELECT 1 FROM movements r WHERE r.reverses = m.id)), 0)"},
    {"refunded is what was refunded and not reversed",
     "SELECT h.authorization_id FROM holds h WHERE h.refunded <> COALESCE((SELECT SUM(m.amount) FROM "
     "movements m WHERE m.authorization_id = h.authorization_id AND m.kind = 'refund' AND NOT EXISTS "
     "(SELECT 1 FROM movements r WHERE r.reverses = m.id)), 0)"},
    {"an authorization is captured once",
     "SELECT authorization_id FROM movements WHERE kind = 'capture' GROUP BY authorization_id "
     "HAVING COUNT(*) > 1"},
    {"a movement is that of its entry",
     "SELECT m.id FROM movements m WHERE NOT EXISTS (SELECT 1 FROM journal j JOIN postings p "
     "ON p.entry = j.number JOIN ledger_accounts l ON l.id = p.account JOIN holds h ON "
     "h.authorization_id = m.authorization_id WHERE j.number = m.entry AND j.movement = m.id AND j.kind = "
     "CASE WHEN m.reverses IS NULL THEN m.kind ELSE 'reversal' END "
     "AND j.authorization_id = m.authorization_id AND l.kind = 'holder' AND l.owner = h.account "
     "AND l.currency = m.currency AND h.merchant = m.merchant AND p.amount = "
     "CASE WHEN m.kind IN ('capture', 'refund-reversal') THEN m.amount ELSE -m.amount END)"},
    {"every entry of money has its movement",
     "SELECT 'entry ' || CAST(j.number AS TEXT) FROM journal j WHERE (j.kind IN ('capture', 'refund', "
     "'reversal')) <> EXISTS (SELECT 1 FROM movements m WHERE m.entry = j.number AND m.id = j.movement)"},
    {"a reversal is of the movement that it names",
     "SELECT r.id FROM movements r JOIN movements m ON m.id = r.reverses WHERE r.amount <> m.amount OR "
     "r.currency <> m.currency OR r.authorization_id <> m.authorization_id OR r.merchant <> m.merchant OR "
     "r.kind <> m.kind || '-reversal'"},
};

Result<void> apply(storage::Reader& reader, const Rule& rule, Reconciliation& report) {
  TRY(const auto rows,
      reader.query(std::string(rule.offenders) + " LIMIT " + std::to_string(kMostOfEach), {}));
  for (const auto& row : rows) report.differences.push_back({std::string(rule.name), row.text(0)});
  return ok();
}

Result<std::int64_t> count(storage::Reader& reader, std::string_view sql, const storage::Values& values) {
  TRY(const auto row, reader.query_one(sql, values));
  return row ? row->integer(0) : 0;
}

Result<void> sum_up(storage::Reader& reader, Reconciliation& report) {
  TRY(const auto trials,
      reader.query("SELECT currency, CAST(SUM(CASE WHEN kind = 'held' THEN balance ELSE 0 END) AS BIGINT), "
                   "CAST(SUM(CASE WHEN kind = 'commitments' THEN -balance ELSE 0 END) AS BIGINT), "
                   "CAST(SUM(CASE WHEN kind = 'holder' THEN balance ELSE 0 END) AS BIGINT), "
                   "CAST(SUM(CASE WHEN kind = 'merchant' THEN -balance ELSE 0 END) AS BIGINT) "
                   "FROM ledger_accounts GROUP BY currency ORDER BY currency",
                   {}));
  for (const auto& row : trials)
    report.trial_balances.push_back(
        {row.text(0), row.integer(1), row.integer(2), row.integer(3), row.integer(4)});
  TRY(const auto merchants,
      reader.query("SELECT merchant, currency, CAST(SUM(amount) AS BIGINT), "
                   "CAST(SUM(CASE WHEN state = 'open' THEN amount ELSE 0 END) AS BIGINT), "
                   "CAST(SUM(captured) AS BIGINT), CAST(SUM(refunded) AS BIGINT) FROM holds "
                   "GROUP BY merchant, currency ORDER BY merchant, currency",
                   {}));
  for (const auto& row : merchants)
    report.merchants.push_back({row.text(0), row.text(1), row.integer(2), row.integer(3), row.integer(4),
                                row.integer(5), row.integer(4) - row.integer(5)});
  return ok();
}

}  // namespace

Result<Reconciliation> reconcile(storage::Reader& reader, TimePoint now) {
  Reconciliation report;
  TRY(report.entries, count(reader, "SELECT COUNT(*) FROM journal", {}));
  TRY(report.open_holds, count(reader, "SELECT COUNT(*) FROM holds WHERE state = 'open'", {}));
  TRY(report.overdue_holds,
      count(reader, "SELECT COUNT(*) FROM holds WHERE state = 'open' AND frees <= $1", {unix_seconds(now)}));
  for (const Rule& rule : kRules) {
    TRY(apply(reader, rule, report));
  }
  TRY(const auto altered, verify_journal(reader, kMostOfEach));
  for (const std::int64_t number : altered)
    report.differences.push_back({std::string(kJournalRule), "entry " + std::to_string(number)});
  TRY(sum_up(reader, report));
  return report;
}

std::vector<std::string_view> reconciliation_rules() {
  std::vector<std::string_view> names{kJournalRule};
  for (const Rule& rule : kRules) names.push_back(rule.name);
  return names;
}

}  // namespace countersign::cardcompany
