// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/told_peers.h"

#include <fmt/format.h>

#include <array>

#include "detect/baseline/told_finding.h"
#include "learn/evidence/evidence.h"

namespace vedette::detect::baseline {

namespace {

using Kind = learn::PeerChange::Kind;

constexpr std::size_t kTraitsTold = 3;
constexpr std::size_t kNamesTold = 5;

std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) out += (out.empty() ? "" : "; ") + part;
    return out;
}

class PeersTeller {
  public:
    PeersTeller(const TypePeers& peers, const learn::PeerChange& change, base::Timestamp time)
        : peers_(peers), change_(change), time_(time), type_(event::name(peers.type())) {}

    cases::Finding finding() const {
        cases::Finding out;
        out.detector = kDetectorName;
        out.detector_version = kDetectorVersion;
        out.first_seen = out.last_seen = time_;
        // Of a whole group nobody in particular is to be suspected.
        const bool is_of_one = change_.kind == Kind::migrated || change_.kind == Kind::left;
        out.severity = is_of_one ? cases::Severity::low : cases::Severity::informational;
        const std::string who =
            is_of_one ? peers_.member_name(change_.key) : fmt::format("group {}", change_.from);
        if (is_of_one) out.entities = {{peers_.type(), who}};
        std::string sentence;
        switch (change_.kind) {
            case Kind::migrated:
                out.rule_id = "peers-migrated";
                out.title = fmt::format("A {} behaves like another group", type_);
                sentence = migrated(who);
                break;
            case Kind::left:
                out.rule_id = "peers-left";
                out.title = fmt::format("A {} behaves like no group any more", type_);
                sentence = left(who);
                break;
            case Kind::split:
                out.rule_id = "peers-split";
                out.title = fmt::format("A group of {}s has become two", type_);
                sentence = split();
                break;
            default:
                out.rule_id = "peers-drifted";
                out.title = fmt::format("A group of {}s does other things than before", type_);
                sentence = drifted();
        }
        out.id =
            cases::finding_id(kDetectorName, out.rule_id, fmt::format("{}:{}", type_, who),
                              fmt::format("{}>{}/{}", change_.from, change_.to, time_.unix_ns));
        add_reasons(out, std::move(sentence));
        return out;
    }

  private:
    const std::vector<float>& centre(std::uint32_t group) const {
        static const std::vector<float> kNone(peer_shape().dimensions());
        const learn::PeerGroup* const known = peers_.groups().group(group);
        return known == nullptr ? kNone : known->centre;
    }
    std::string traits(const std::vector<float>& now, const std::vector<float>& before) const {
        const auto found = peer_traits(now, before, peers_.words(), "instead of", kTraitsTold);
        return found.empty() ? std::string() : " (" + joined(found) + ")";
    }

    std::string migrated(const std::string& who) const {
        return fmt::format(
            "{} behaves like {} now, and no longer like {}, to which it belonged "
            "since {}{}",
            who, peers_.label(change_.to), peers_.label(change_.from), day_words(change_.since_day),
            traits(centre(change_.to), centre(change_.from)));
    }
    std::string left(const std::string& who) const {
        return fmt::format(
            "{} no longer behaves like {}, to which it belonged since {}, nor like "
            "any other group",
            who, peers_.label(change_.from), day_words(change_.since_day));
    }
    std::string split() const {
        std::vector<std::string> names;
        for (const std::uint64_t key : change_.members) {
            if (names.size() < kNamesTold) names.push_back(peers_.member_name(key));
        }
        std::string who = joined(names);
        if (change_.members.size() > names.size()) {
            who += fmt::format("; and {} more", change_.members.size() - names.size());
        }
        return fmt::format("{} of {} are {} now: {}{}", change_.members.size(),
                           peers_.label(change_.from), peers_.label(change_.to), who,
                           traits(centre(change_.to), centre(change_.from)));
    }
    std::string drifted() const {
        const learn::PeerGroup* const group = peers_.groups().group(change_.from);
        return fmt::format(
            "{} ({} members) as a whole does other things than were learned of it "
            "since {}{}",
            peers_.label(change_.from), group == nullptr ? 0 : group->size,
            day_words(change_.since_day), traits(centre(change_.from), change_.before));
    }

    void add_reasons(cases::Finding& out, std::string sentence) const {
        out.reasons.push_back({"summary", std::move(sentence), "", 0, "peers"});
        const learn::EvidencePart part{change_.p, 1, 1};
        std::vector<learn::EvidenceLine> lines;
        const double bits = learn::combined_bits({&part, 1}, lines);
        for (const learn::EvidenceLine& line : lines) {
            if (line.kind == learn::LineKind::surprise) {
                out.reasons.push_back({"distance from its group",
                                       fmt::format("{:.2f}", change_.distance),
                                       fmt::format("{:.2f} is usual; one day in {:.0f} tells such "
                                                   "a thing",
                                                   change_.usual, 1 / change_.p),
                                       line.bits, "peers"});
            } else {
                out.reasons.push_back({"calibration", "", "", line.bits, "peers"});
            }
        }
        out.reasons.push_back({"stake", "one look a day",
                               "each stakes its share, so that a day without an attack earns "
                               "nothing",
                               staked_bits(bits, 1) - bits, "peers"});
    }

    const TypePeers& peers_;
    const learn::PeerChange& change_;
    const base::Timestamp time_;
    const std::string type_;
};

}  // namespace

cases::Finding peers_finding(const TypePeers& peers, const learn::PeerChange& change,
                             base::Timestamp time) {
    return PeersTeller(peers, change, time).finding();
}

}  // namespace vedette::detect::baseline
