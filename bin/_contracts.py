"""An import contract for import-linter that goes by the names of a slice's modules (see pyproject.toml)."""

from __future__ import annotations

from fnmatch import fnmatch

from grimp import ImportGraph
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.domain import fields
from importlinter.domain.contract import ContractCheck
from importlinter.domain.imports import ModuleExpression


class ModelsContract(ForbiddenContract):
    """Every module of the slices, except their edges, must not import the forbidden modules, not even indirectly."""

    type_name = "models"

    source_modules = fields.SetField(subfield=fields.ModuleExpressionField(), required=False)
    slices = fields.SetField(subfield=fields.StringField())
    edges = fields.SetField(subfield=fields.StringField())  # patterns of module names

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        modules = {module for slice in self.slices for module in graph.find_children(slice)}
        models = {module for module in modules if not any(fnmatch(module, edge) for edge in self.edges)}
        self.source_modules = {ModuleExpression(module) for module in models}
        return super().check(graph, verbose)
