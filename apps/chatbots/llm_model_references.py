"""Chatbots point at no model themselves; whatever concerns a pipeline concerns its chatbots."""

from model_retirement.references import Resource, ResourcePath, registry

registry.register_owner(
    of="pipelines.Pipeline", owner=ResourcePath(Resource("chatbot", "chatbots.Chatbot"), path="chatbots")
)
