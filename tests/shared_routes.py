"""URL rules that the applications of a process share: they are most of what `create_app` computes."""

import flask
from werkzeug.routing import Map, Rule
from werkzeug.routing.matcher import StateMachineMatcher


class SharedMap(Map):
    """A map that shares what it computes with all others of the same rules."""

    _computed = {}

    def add(self, rulefactory):
        """Keep rules until the map is used."""
        self._added = [*getattr(self, "_added", ()), *rulefactory.get_rules(self)]
        self._remap = True

    def update(self):
        """Compute what finds a rule, or take it from an earlier map."""
        if self._remap:
            rules = getattr(self, "_added", ())
            key = tuple(map(id, rules))  # of objects that never end
            if key not in self._computed:
                self._computed[key] = self._compute(rules)
            self._matcher, self._rules_by_endpoint = self._computed[key]
            self._remap = False

    def _compute(self, rules):
        matcher, by_endpoint = StateMachineMatcher(self.merge_slashes), {}
        for rule in rules:
            if rule.map is None:
                rule.bind(self)
            if not rule.build_only:
                matcher.add(rule)
            by_endpoint.setdefault(rule.endpoint, []).append(rule)
        matcher.update()
        for group in by_endpoint.values():
            group.sort(key=lambda rule: rule.build_compare_key())
        return matcher, by_endpoint


def share_routes():
    """Have all applications use the same rules, and one map for those that have the same ones."""
    rules = {}

    def rule_once(path, **options):
        key = path, repr(sorted((name, sorted(value) if isinstance(value, set) else value)
                                for name, value in options.items()))
        if key not in rules:
            rules[key] = Rule(path, **options)
        return rules[key]

    flask.Flask.url_map_class, flask.Flask.url_rule_class = SharedMap, staticmethod(rule_once)
